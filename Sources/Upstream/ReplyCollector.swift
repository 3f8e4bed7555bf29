internal import CCurl
internal import EventLoop
internal import Gateway

/// Puts a reply together from libcurl's pieces. Belongs to one transfer; a class, so that libcurl's callback can have it.
final class ReplyCollector {
  private var body: [UInt8] = []
  /// The body would have become larger than is read.
  private(set) var isTooLarge = false
  /// The body is not encoded as the head says.
  private(set) var isUndecodable = false
  /// The empty line after the head was there. libcurl calls a reply whole that ends in the middle of its head.
  private(set) var hasWholeHead = false
  private var fields = HeaderFields()
  /// Whether the reply's `Date` is of interest.
  var wantsDate = false
  private var date: WallTime?
  private var dates = 0
  /// Of the last head that began; 0 before the first.
  private var status = 0
  /// When the last head began.
  private var firstByte: MonotonicTime?
  private let easy: UnsafeMutableRawPointer
  private let loop: EventLoop?
  /// How the body is encoded, and who decodes it.
  private var encodings: [[UInt8]] = []
  private var decoding = Decoding.byLibcurl

  private enum Decoding {
    case byLibcurl
    case here(GzipDecoder)
    case none
  }

  /// A token stood in the reply.
  private(set) var hasToken = false

  /// Field names that the reply's own `Connection` field names.
  private var named: [String] = []

  /// - Parameter loop: that tells the time; nil = nobody wants to know it.
  init(of easy: UnsafeMutableRawPointer, loop: EventLoop? = nil) {
    self.easy = easy
    self.loop = loop
  }

  /// Takes one line of the head, with its line end. A status line behind an interim reply starts anew. What follows the head
  /// of the final one are trailers, which count for nothing: whoever wrote them may not be who wrote the head.
  func collect(header line: UnsafeRawBufferPointer) {
    guard let start = line.baseAddress, !line.isEmpty, !hasWholeHead || isInterim else { return }
    // A reason may have a colon, a field's name has no slash.
    if line.count >= 5, memcmp(start, "HTTP/", 5) == 0 { return startAnew(line) }
    guard let colon = memchr(start, Int32(UInt8(ascii: ":")), line.count).map({ UnsafeRawPointer($0) - start }) else {
      if line.allSatisfy(Self.isSpace) { hasWholeHead = line.last == UInt8(ascii: "\n") }
      return
    }
    let name = UnsafeRawBufferPointer(rebasing: line[..<colon])
    let isConnection = Self.connection.contains(name.assumingMemoryBound(to: UInt8.self).span)
    let isDate = (wantsDate || status >= 400) && Self.dateName.contains(name.assumingMemoryBound(to: UInt8.self).span)
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
    } else if Self.encodingName.contains(name.assumingMemoryBound(to: UInt8.self).span) {
      encoded(as: Array(value))
    } else if isConnection {
      let listed = FieldNames.listed(by: Array(value)[...])
      if !listed.isEmpty { named += listed }
    } else {
      if fields.isEmpty { fields.reserve(256, fields: 8) }
      fields.append(name, value)
    }
  }

  private var isInterim: Bool { (100..<200).contains(status) && status != 101 }

  private func startAnew(_ statusLine: UnsafeRawBufferPointer) {
    firstByte = loop?.now
    if !fields.isEmpty { fields.removeAll() }
    named = []
    (date, dates) = (nil, 0)
    forgetEncodings()
    hasWholeHead = false
    let digits = statusLine.drop { $0 != 0x20 }.dropFirst().prefix(3)
    status = digits.reduce(0) { $0 * 10 + Int($1 & 15) }
  }

  /// A body in an encoding that libcurl doesn't know would be an error to it. It goes on as it is, where it is text, and
  /// without the encoding's name: some servers name one and use none (`utf-8`).
  private func encoded(as value: [UInt8]) {
    encodings.append(value)
    let names = encodings.flatMap { FieldNames.listed(by: $0[...]) }.filter { !Self.plain.contains($0) }
    if names.count == 1, Self.gzip.contains(names[0]) {
      decode(.here(GzipDecoder()))
    } else {
      decode(names.allSatisfy(Self.decodable.contains) ? .byLibcurl : .none)
    }
  }

  private func forgetEncodings() {
    guard !encodings.isEmpty else { return }
    encodings = []
    decode(.byLibcurl)
  }

  private func decode(_ decoding: Decoding) {
    self.decoding = decoding
    var isLibcurls: Int { if case .byLibcurl = decoding { 1 } else { 0 } }
    convene_easy_set_long(easy, CURLOPT_HTTP_CONTENT_DECODING, isLibcurls)
  }

  /// False where the body has become too large; then nothing of the piece is kept.
  func collect(body piece: UnsafeRawBufferPointer, most: Int) -> Bool {
    guard case .here(let decoder) = decoding else { return keep(piece, most: most) }
    guard decoder.decode(piece, { keep($0, most: most) }) else {
      isUndecodable = !isTooLarge
      return false
    }
    return true
  }

  private func keep(_ piece: UnsafeRawBufferPointer, most: Int) -> Bool {
    guard body.count + piece.count <= most else {
      isTooLarge = true
      return false
    }
    body.append(contentsOf: piece)
    return true
  }

  /// Forgets all of it, and its memory.
  func clear() {
    body = []
    fields = HeaderFields()
    named = []
    (date, dates) = (nil, 0)
    forgetEncodings()
    status = 0
    firstByte = nil
    hasToken = false
    hasWholeHead = false
    isTooLarge = false
    isUndecodable = false
  }

  /// Whether the body is a text: without control characters, and in UTF-8, or nearly all in ASCII. What was compressed or
  /// encrypted by somebody who doesn't say so is none, and nobody can look into it.
  private var hasText: Bool {
    var others = 0
    for byte in body {
      switch byte {
      case 0x01...0x08, 0x0E...0x1A, 0x1C...0x1F, 0x7F: return false
      case 0x80...: others += 1
      default: break
      }
    }
    return others < body.count / 8 || String(validating: body, as: UTF8.self) != nil
  }

  /// - Parameters:
  ///   - unreadable: why the body can't be read, where that is known already: then there is none.
  ///   - traces: of what must stand in no reply.
  func reply(status: Int, unreadable: TransportFailure? = nil, without traces: TokenTraces) -> UpstreamReply {
    var unreadable = unreadable
    // A success is read as JSON anyway.
    if unreadable == nil, status >= 300, !hasText {
      unreadable = TransportFailure(name: "not_text", detail: "its body is no text, nor encoded as its head says")
    }
    var kept = named.isEmpty ? fields : fields.without(FieldNames(named))
    let entries = kept.entries
    let isInFields = kept.overwrite { bytes in
      var isFound = false
      for entry in entries {
        if traces.mask(&bytes, in: entry.name) { isFound = true }
        if traces.mask(&bytes, in: entry.value) { isFound = true }
      }
      return isFound
    }
    // Both, whatever the first one says.
    hasToken = traces.mask(&body) || isInFields
    // Of two nobody knows which one is right.
    return UpstreamReply(
      status: status, fields: kept, body: unreadable == nil ? body : [], unreadable: unreadable,
      date: dates == 1 ? date : nil, firstByte: firstByte)
  }

  private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D || byte == 0x0A }

  private static let connection = FieldNames(["connection"])
  private static let dateName = FieldNames(["date"])
  private static let encodingName = FieldNames(["content-encoding"])

  private static let plain: Set<String> = ["identity", "none"]
  private static let gzip: Set<String> = ["gzip", "x-gzip"]

  /// As libcurl was built.
  private static let decodable: Set<String> = {
    var names = plain
    let features = convene_curl_features()
    if features & CURL_VERSION_LIBZ != 0 { names.formUnion(gzip.union(["deflate"])) }
    if features & CURL_VERSION_BROTLI != 0 { names.insert("br") }
    if features & CURL_VERSION_ZSTD != 0 { names.insert("zstd") }
    return names
  }()

  /// Fields about the connection to Telnyx (RFC 9110, section 7.6.1), credentials, and what the gateway says itself.
  private static let dropped = FieldNames([
    "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade", "alt-svc",
    "set-cookie", "set-cookie2", "www-authenticate", "authorization", "proxy-authenticate", "proxy-authorization",
    "proxy-authentication-info", "authentication-info", "strict-transport-security",
    "content-length", "date", "x-request-id", "x-should-retry", "idempotent-replayed", "convene-command-id",
    "convene-policy", "ratelimit", "ratelimit-policy",
  ])
}
