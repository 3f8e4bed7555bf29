internal import CLinux
internal import CMicrohttpd

/// Where the parts of a head lie in libmicrohttpd's buffer: they must stand one behind the other with nothing but what
/// RFC 9112 has between them, and fill it.
///
/// libmicrohttpd before 0.9.77 parses in place and overlooks much: it ends lines at a bare LF and strings at a NUL, takes a
/// line that begins with a colon for the end of the head, and appends a folded line to the field's *name*, so that
/// `Content-: 2` and ` Length` become a Content-Length that nobody else sees. Before the request line it skips lines without
/// end, and takes one that begins with a NUL for empty. None of that shows in the values that it hands out, but all of it leaves a
/// gap between them. Later versions refuse these by themselves.
///
/// Addresses are compared here, never followed.
struct HeadLayout {
  private static let isNeeded = convene_microhttpd_is_strict() == 0

  /// One may stand before a request line, and nothing else (RFC 9112, section 2.2).
  private static let emptyLine: UInt = 2

  /// Nothing was found amiss so far.
  private(set) var isSound: Bool
  /// Where the next field's name must begin.
  private var next: UInt
  private let end: UInt

  /// - Parameters:
  ///   - url: the target in libmicrohttpd's buffer; `targetSize` is its length in bytes, the query included.
  ///   - skipped: bytes before the method.
  init(
    _ mhd: OpaquePointer, method: UnsafePointer<CChar>, url: UnsafePointer<CChar>, targetSize: Int,
    version: UnsafePointer<CChar>, skipped: UInt
  ) {
    let start = UInt(bitPattern: method)
    let target = start + UInt(strlen(method)) + 1
    isSound =
      !Self.isNeeded
      || UInt(bitPattern: url) == target && UInt(bitPattern: version) == target + UInt(targetSize) + 1
        && (skipped == 0 || skipped == Self.emptyLine)
    next = UInt(bitPattern: version) + UInt(strlen(version)) + 2
    end = start + UInt(convene_head_size(mhd))
  }

  mutating func addField(
    name: UnsafePointer<CChar>?, nameSize: Int, value: UnsafePointer<CChar>?, valueSize: Int
  ) {
    let (name, value) = (UInt(bitPattern: name), UInt(bitPattern: value))
    // Between the two stand a colon and white space.
    if Self.isNeeded, name != next || value < name + UInt(nameSize) + 1 { isSound = false }
    next = value &+ UInt(valueSize) &+ 2
  }

  /// After the last field: the empty line is all that is left.
  mutating func finish() {
    if Self.isNeeded, next &+ 2 != end { isSound = false }
  }
}
