/// A URL that every parser reads the same way, so that what policy judged is what Telnyx will fetch.
///
/// A subset of RFC 3986, judged byte for byte: `http` or `https`; a lower-case host name that is no IP address in any
/// spelling; no userinfo; no fragment; nothing in the path that a server or a library might decode into another path.
/// Whatever is unusual is refused: a true URL for an audio file needs none of it.
package struct AudioURL: Sendable, Equatable {
  package enum Scheme: String, Sendable {
    case https, http
  }

  package let scheme: Scheme
  /// Lower case; compared byte for byte.
  let host: ArraySlice<UInt8>
  /// nil where none is written, even though the scheme has one.
  package let port: UInt16?
  /// With its leading slash; the root where none is written (RFC 3986, section 6.2.3).
  let path: ArraySlice<UInt8>
  /// After the `?`; nil where there is none.
  let query: ArraySlice<UInt8>?

  package init(_ text: String) throws(URLSyntaxError) {
    let bytes = Array(text.utf8)
    if let offset = bytes.firstIndex(where: { !AudioURL.isAllowed($0) }) {
      throw URLSyntaxError(message: "it has a byte that doesn't belong into a URL", offset: offset)
    }
    let start: Int
    if bytes.starts(with: AudioURL.https) {
      (scheme, start) = (.https, AudioURL.https.count)
    } else if bytes.starts(with: AudioURL.http) {
      (scheme, start) = (.http, AudioURL.http.count)
    } else {
      throw URLSyntaxError(message: "it doesn't begin with https://", offset: 0)
    }
    let slash = UInt8(ascii: "/")
    let question = UInt8(ascii: "?")
    let pathStart = bytes[start...].firstIndex { $0 == slash || $0 == question } ?? bytes.count
    let queryStart = bytes[pathStart...].firstIndex(of: question) ?? bytes.count
    (host, port) = try AudioURL.authority(bytes, start..<pathStart)
    try AudioURL.checkEscapes(bytes, pathStart..<bytes.count)
    try AudioURL.checkPath(bytes, pathStart..<queryStart)
    // Parts of the one array, so that nothing is copied.
    path = pathStart < queryStart ? bytes[pathStart..<queryStart] : AudioURL.root
    query = queryStart < bytes.count ? bytes[(queryStart + 1)...] : nil
  }

  private static let https = Array("https://".utf8)
  private static let http = Array("http://".utf8)
  private static let root = [UInt8(ascii: "/")][...]

  /// RFC 3986's unreserved, sub-delims and the delimiters that may stand in an authority, a path or a query. Not among
  /// them: controls, space, anything beyond ASCII, `#`, `\`, `"`, `<`, `>`, `^`, backtick, `{`, `|`, `}`, `[`, `]`.
  private static func isAllowed(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
      UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&")...UInt8(ascii: "/"),
      UInt8(ascii: ":"), UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "?"), UInt8(ascii: "@"),
      UInt8(ascii: "%"):
      true
    default: false
    }
  }
}
