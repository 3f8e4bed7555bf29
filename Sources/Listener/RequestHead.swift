internal import CMicrohttpd
internal import Conference
internal import Gateway

/// A request's head, judged: libmicrohttpd lets pass what two servers could understand in two ways.
struct RequestHead {
  let method: String
  /// The path and the query, also of a request that named a whole URL.
  private(set) var target: String
  let fields: HeaderFields
  /// 400, 417 or 431: nothing that the head says counts.
  private(set) var fault: Refusal?
  /// 411 or 413.
  private(set) var bodyFault: Refusal?
  private(set) var contentLength: Int?
  private(set) var isChunked = false
  /// A `100 Continue` is waited for, perhaps although no body will follow.
  private(set) var expectsContinue = false

  init(_ line: RequestLine, of mhd: OpaquePointer, settings: ServerSettings) {
    method = line.method
    target = line.target
    var collector = Collector(
      line.layout, bytes: convene_head_size(mhd),
      fields: Int(MHD_get_connection_values_n(mhd, .HEADER_KIND, nil, nil)))
    withUnsafeMutablePointer(to: &collector) { pointer in
      _ = MHD_get_connection_values_n(mhd, .HEADER_KIND, collectField, pointer)
    }
    collector.layout.finish()
    fields = HeaderFields(bytes: collector.bytes, entries: collector.entries)
    do throws(Refusal) {
      try checkSize(target: line.target)
      guard collector.layout.isSound else {
        throw .badRequest("the head has a line end, a folded line or a character that must not be in it")
      }
      try checkForm(line)
      try checkHost(version: line.version)
      try checkFraming(version: line.version)
      try checkExpectation()
      checkBody(settings)
    } catch {
      fault = error
    }
  }

  /// Counts what lies in libmicrohttpd's memory for the connection, where the reply's head must still fit beside it.
  private func checkSize(target: String) throws(Refusal) {
    let size = fields.size + fields.entries.count * Self.costPerField + target.utf8.count + cookieSize
    guard size <= Self.largestHead else { throw Self.headTooLarge }
  }

  static let headTooLarge = Refusal(
    .headTooLarge,
    faults: [
      Fault(
        .badRequest,
        "the head must not be larger than \(largestHead) bytes, of which each field takes \(costPerField) beside its text"
      )
    ])

  /// What is wrong with the fields behind a chunked body, which lie in the same memory as the head.
  ///
  /// - Parameter mhd: has read the whole request.
  static func trailerFault(of mhd: OpaquePointer) -> Refusal? {
    var size = 0
    withUnsafeMutablePointer(to: &size) { pointer in
      _ = MHD_get_connection_values_n(mhd, .FOOTER_KIND, addSize, pointer)
    }
    return size <= largestTrailer ? nil : headTooLarge
  }

  /// libmicrohttpd copies cookies, and has an entry for each.
  private var cookieSize: Int {
    fields.rawValues(of: "cookie").reduce(0) { size, value in
      size + value.count + Self.costPerField * (1 + value.count { $0 == UInt8(ascii: ";") || $0 == UInt8(ascii: ",") })
    }
  }

  private mutating func checkForm(_ line: RequestLine) throws(Refusal) {
    guard line.version == "HTTP/1.1" || line.version == "HTTP/1.0" else {
      throw .badRequest("only HTTP/1.1 is spoken here")
    }
    guard line.hasTokenForMethod else { throw .badRequest("the method has a character that must not be in it") }
    guard let pathAndQuery = RequestTarget.pathAndQuery(of: line.target) else {
      throw .badRequest(
        "the request target must be a path, or a URL of http or https, of the characters that a URL may have")
    }
    target = pathAndQuery
    for entry in fields.entries {
      guard fields.hasToken(entry.name) else {
        throw .badRequest("a header field's name has a character that must not be in it")
      }
      guard fields.hasNoControl(entry.value) else {
        throw .badRequest("a header field's value has a control character")
      }
    }
  }

  /// RFC 9112, section 3.2. An empty one is said by a client whose URL names no host.
  private func checkHost(version: String) throws(Refusal) {
    guard let host = fields.valueRange(of: "host") else {
      guard version == "HTTP/1.0" else { throw .badRequest("there must be one Host field") }
      return
    }
    guard fields.count(of: "host") == 1 else { throw .badRequest("there must be one Host field") }
    guard host.isEmpty || Authority.isValid(fields.bytes[host]) else {
      throw .badRequest("Host must be a host and perhaps a port")
    }
  }

  /// There is one expectation, `100-continue` (RFC 9110, section 10.1.1). Said twice, or in a list with nothing, it is
  /// refused, too: libmicrohttpd would not see it, and whoever expects a `100 Continue` would wait for it in vain.
  private mutating func checkExpectation() throws(Refusal) {
    guard fields.contains("expect") else { return }
    let expectations = fields.rawValues(of: "expect")
    guard let expectation = expectations.first(where: { !$0.isEmpty }) else { return }
    guard expectations.count == 1, expectation.elementsEqual(Self.continuing, by: { $0.lowercased == $1 })
    else {
      throw Refusal(.expectation, faults: [Fault(.badRequest, "the only expectation that is met is 100-continue")])
    }
    expectsContinue = true
  }

  private static let continuing = Array("100-continue".utf8)

  /// Where a body ends must be said once, in one way (RFC 9112, section 6.3): whoever stands before or behind this gateway
  /// would otherwise see other requests than it does.
  private mutating func checkFraming(version: String) throws(Refusal) {
    let lengths = fields.rawValues(of: "content-length")
    let codings = fields.rawValues(of: "transfer-encoding")
    guard lengths.count <= 1 else { throw .badRequest("there is more than one Content-Length field") }
    guard lengths.isEmpty || codings.isEmpty else {
      throw .badRequest("Content-Length and Transfer-Encoding must not be given together")
    }
    if let coding = codings.first {
      guard version == "HTTP/1.1" else { throw .badRequest("HTTP/1.0 has no Transfer-Encoding") }
      guard codings.count == 1, String(decoding: coding, as: UTF8.self).lowercased() == "chunked" else {
        throw .badRequest("the only Transfer-Encoding is chunked")
      }
    }
    if let length = lengths.first {
      guard (1...18).contains(length.count), length.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw .badRequest("Content-Length must be a number")
      }
      contentLength = length.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    }
    isChunked = !codings.isEmpty
  }

  private mutating func checkBody(_ settings: ServerSettings) {
    if method == "POST", contentLength == nil, !isChunked {
      bodyFault = Refusal(.lengthRequired, faults: [Fault(.badRequest, "a POST needs a Content-Length")])
    }
    if let contentLength, contentLength > settings.maxBody { bodyFault = Refusal.bodyTooLarge(settings.maxBody) }
  }

  private static let largestHead = 8 * 1024
  /// Beside the largest head there is room for so much, or less of a reply's head.
  private static let largestTrailer = 256
  /// libmicrohttpd's entry for a field, which lies in the same memory as the head and its reply's head.
  fileprivate static let costPerField = 64
}

private struct Collector {
  var bytes: [UInt8] = []
  var entries: [HeaderFields.Entry] = []
  var layout: HeadLayout

  /// - Parameters: of the whole head, so that nothing grows.
  init(_ layout: HeadLayout, bytes size: Int, fields count: Int) {
    self.layout = layout
    bytes.reserveCapacity(size)
    entries.reserveCapacity(count)
  }

  mutating func add(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    let middle = bytes.count
    bytes.append(contentsOf: value)
    if bytes.last == 0x20 || bytes.last == 0x09 { trim(value, from: middle, of: name) }
    entries.append(HeaderFields.Entry(name: start..<middle, value: middle..<bytes.count))
  }

  /// libmicrohttpd leaves white space behind a value, which is no part of it (RFC 9112, section 5.1). It also looks for
  /// `chunked` with that space, so there it must be seen: such a body it would not read in chunks.
  ///
  /// Nor does it see a `100-continue` with that space, and would never send its `100 Continue`: so there it is cut off in
  /// libmicrohttpd's own buffer.
  private mutating func trim(_ value: UnsafeRawBufferPointer, from start: Int, of name: UnsafeRawBufferPointer) {
    let name = String(decoding: name, as: UTF8.self).lowercased()
    guard name != "transfer-encoding" else { return }
    while bytes.count > start, bytes.last == 0x20 || bytes.last == 0x09 { bytes.removeLast() }
    guard name == "expect", let first = value.baseAddress else { return }
    UnsafeMutableRawPointer(mutating: first).storeBytes(of: 0, toByteOffset: bytes.count - start, as: UInt8.self)
  }
}

private func addSize(
  _ pointer: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
  _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
  guard let size = pointer?.assumingMemoryBound(to: Int.self) else { return .NO }
  size.pointee += nameSize + valueSize + 4 + RequestHead.costPerField
  return .YES
}

private func collectField(
  _ pointer: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
  _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
  guard let collector = pointer?.assumingMemoryBound(to: Collector.self) else { return .NO }
  collector.pointee.layout.addField(name: name, nameSize: nameSize, value: value, valueSize: valueSize)
  collector.pointee.add(
    UnsafeRawBufferPointer(start: name, count: nameSize),
    UnsafeRawBufferPointer(start: value, count: value == nil ? 0 : valueSize))
  return .YES
}
