internal import Gateway

/// Puts a reply together from libcurl's pieces.
struct ReplyCollector {
  var body: [UInt8] = []
  /// The empty line after the head was there. libcurl calls a reply whole that ends in the middle of its head.
  private(set) var hasWholeHead = false
  private var fields: [ReplyField] = []

  /// Takes one line of the head, with its line end. A status line starts anew: what came before was an interim reply.
  mutating func collect(header line: UnsafeRawBufferPointer) {
    if line.starts(with: "HTTP/".utf8) {
      fields = []
      hasWholeHead = false
      return
    }
    if line.allSatisfy(Self.isSpace) { hasWholeHead = line.last == UInt8(ascii: "\n") }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { return }
    let value = line[(colon + 1)...].drop(while: Self.isSpace)
    let end = value.lastIndex { !Self.isSpace($0) }.map { $0 + 1 } ?? value.startIndex
    fields.append(
      ReplyField(
        String(decoding: line[..<colon], as: UTF8.self),
        String(decoding: value[value.startIndex..<end], as: UTF8.self)))
  }

  func reply(status: Int) -> UpstreamReply {
    let named = fields.filter { $0.isNamed("connection") }.flatMap { field in
      field.value.lowercased().split(separator: ",").map { $0.filter { $0 != " " } }
    }
    let kept = fields.filter { field in
      let name = field.name.lowercased()
      return !Self.dropped.contains(name) && !named.contains(name)
    }
    return UpstreamReply(status: status, fields: kept, body: body)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

  /// Fields about the connection to Telnyx (RFC 9110, section 7.6.1), credentials, and what the gateway says itself.
  private static let dropped: Set<String> = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "alt-svc",
    "set-cookie", "set-cookie2", "www-authenticate", "authorization", "proxy-authenticate", "proxy-authorization",
    "proxy-authentication-info", "authentication-info", "strict-transport-security",
    "content-length", "date", "x-request-id", "x-should-retry", "idempotent-replayed", "convene-command-id",
    "convene-policy", "ratelimit", "ratelimit-policy",
  ]
}
