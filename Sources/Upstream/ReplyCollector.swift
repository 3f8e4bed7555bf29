internal import CCurl
internal import EventLoop
internal import Gateway

/// Puts a reply together from libcurl's pieces. Belongs to one transfer; a class, so that libcurl's callback can have it.
final class ReplyCollector {
  private var body: [UInt8] = []
  /// The empty line after the head was there. libcurl calls a reply whole that ends in the middle of its head.
  private(set) var hasWholeHead = false
  private var fields = HeaderFields()
  /// Whether the reply's `Date` is of interest.
  var wantsDate = false
  private var date: WallTime?
  private var dates = 0

  /// Field names that the reply's own `Connection` field names.
  private var named: [String] = []

  /// Takes one line of the head, with its line end. A status line starts anew: what came before was an interim reply.
  func collect(header line: UnsafeRawBufferPointer) {
    // A reason may have a colon, a field's name has no slash.
    guard let start = line.baseAddress, !line.isEmpty else { return }
    if line.count >= 5, memcmp(start, "HTTP/", 5) == 0 { return startAnew() }
    guard let colon = memchr(start, Int32(UInt8(ascii: ":")), line.count).map({ UnsafeRawPointer($0) - start }) else {
      if line.allSatisfy(Self.isSpace) { hasWholeHead = line.last == UInt8(ascii: "\n") }
      return
    }
    let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
    let isConnection = Self.connection.contains(name.assumingMemoryBound(to: UInt8.self).span)
    let isDate = wantsDate && Self.dateName.contains(name.assumingMemoryBound(to: UInt8.self).span)
    guard isConnection || isDate || !Self.dropped.contains(name.assumingMemoryBound(to: UInt8.self).span) else {
      return
    }
    var (first, end) = (colon + 1, line.count)
    while first < end, Self.isSpace(line[first]) { first += 1 }
    while end > first, Self.isSpace(line[end - 1]) { end -= 1 }
    let value = UnsafeRawBufferPointer(rebasing: line[first..<end])
    if isDate {
      date = WallTime(httpDate: value)
      dates += 1
    } else if isConnection {
      let listed = FieldNames.listed(by: Array(value)[...])
      if !listed.isEmpty { named += listed }
    } else {
      if fields.isEmpty { fields.reserve(256, fields: 8) }
      fields.append(name, value)
    }
  }

  private func startAnew() {
    if !fields.isEmpty { fields.removeAll() }
    named = []
    (date, dates) = (nil, 0)
    hasWholeHead = false
  }

  /// False where the body has become too large; then nothing of the piece is kept.
  func collect(body piece: UnsafeRawBufferPointer, most: Int) -> Bool {
    guard body.count + piece.count <= most else { return false }
    body.append(contentsOf: piece)
    return true
  }

  /// Forgets all of it, and its memory.
  func clear() {
    body = []
    fields = HeaderFields()
    named = []
    (date, dates) = (nil, 0)
    hasWholeHead = false
  }

  func reply(status: Int) -> UpstreamReply {
    let kept = named.isEmpty ? fields : fields.without(FieldNames(named))
    // Of two nobody knows which one is right.
    return UpstreamReply(status: status, fields: kept, body: body, date: dates == 1 ? date : nil)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

  private static let connection = FieldNames(["connection"])
  private static let dateName = FieldNames(["date"])

  /// Fields about the connection to Telnyx (RFC 9110, section 7.6.1), credentials, and what the gateway says itself.
  private static let dropped = FieldNames([
    "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "alt-svc",
    "set-cookie", "set-cookie2", "www-authenticate", "authorization", "proxy-authenticate", "proxy-authorization",
    "proxy-authentication-info", "authentication-info", "strict-transport-security",
    "content-length", "date", "x-request-id", "x-should-retry", "idempotent-replayed", "convene-command-id",
    "convene-policy", "ratelimit", "ratelimit-policy",
  ])
}
