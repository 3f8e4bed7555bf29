internal import Gateway

/// Puts a reply together from libcurl's pieces.
struct ReplyCollector {
  var body: [UInt8] = []
  /// The empty line after the head was there. libcurl calls a reply whole that ends in the middle of its head.
  private(set) var hasWholeHead = false
  private var fields = HeaderFields()

  /// Field names that the reply's own `Connection` field names.
  private var named: [String] = []

  /// Takes one line of the head, with its line end. A status line starts anew: what came before was an interim reply.
  mutating func collect(header line: UnsafeRawBufferPointer) {
    // A reason may have a colon, a field's name has no slash.
    if line.first == Self.statusLine[0], line.starts(with: Self.statusLine) { return startAnew() }
    guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else {
      if line.allSatisfy(Self.isSpace) { hasWholeHead = line.last == UInt8(ascii: "\n") }
      return
    }
    let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
    let isConnection = Self.connection.contains(name.assumingMemoryBound(to: UInt8.self).span)
    guard isConnection || !Self.dropped.contains(name.assumingMemoryBound(to: UInt8.self).span) else { return }
    var (start, end) = (colon + 1, line.count)
    while start < end, Self.isSpace(line[start]) { start += 1 }
    while end > start, Self.isSpace(line[end - 1]) { end -= 1 }
    let value = UnsafeRawBufferPointer(rebasing: line[start..<end])
    if isConnection {
      named += FieldNames.listed(by: Array(value)[...])
    } else {
      if fields.isEmpty { fields.reserve(256, fields: 8) }
      fields.append(name, value)
    }
  }

  private mutating func startAnew() {
    fields.removeAll()
    named = []
    hasWholeHead = false
  }

  func reply(status: Int) -> UpstreamReply {
    let kept = named.isEmpty ? fields : fields.without(FieldNames(named))
    return UpstreamReply(status: status, fields: kept, body: body)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

  private static let statusLine = Array("HTTP/".utf8)
  private static let connection = FieldNames(["connection"])

  /// Fields about the connection to Telnyx (RFC 9110, section 7.6.1), credentials, and what the gateway says itself.
  private static let dropped = FieldNames([
    "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "alt-svc",
    "set-cookie", "set-cookie2", "www-authenticate", "authorization", "proxy-authenticate", "proxy-authorization",
    "proxy-authentication-info", "authentication-info", "strict-transport-security",
    "content-length", "date", "x-request-id", "x-should-retry", "idempotent-replayed", "convene-command-id",
    "convene-policy", "ratelimit", "ratelimit-policy",
  ])
}
