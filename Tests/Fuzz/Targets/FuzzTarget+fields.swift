internal import CCurl
internal import EventLoop
internal import Glibc

@testable internal import Gateway
@testable internal import Ledger
@testable internal import Upstream

extension FuzzTarget {
  /// Header lines, each ended by a line feed; anything else may stand in them.
  ///
  /// 1. What goes along to Telnyx is on lines of its own, with nothing in them that ends a line, and no line is a credential
  ///    or about the connection.
  /// 2. What of a reply is kept is neither, and is the same when it was stored.
  /// 3. A record of stored fields that was damaged is an error, not a crash.
  static func checkFields(_ input: [UInt8]) throws(Violation) {
    let lines = input.split(separator: UInt8(ascii: "\n"))
    var fields = HeaderFields()
    for line in lines {
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      fields.append(name, line.dropFirst(name.count + 1).drop { $0 == 0x20 })
    }
    try checkRequest(fields)
    try checkReply(lines)
    _ = try? StoredReply.decodeFields(input)
  }

  private static func checkRequest(_ fields: HeaderFields) throws(Violation) {
    let request = IncomingRequest(
      ArrivedHead(
        surface: .callers, method: "POST", target: "/v2/conferences", fields: fields, peer: .unix(uid: 0),
        received: MonotonicTime.now))
    let id = RequestID.adopt(fields)
    try require((1...128).contains(id.utf8.count) && isVisible(id), "a request id is visible ASCII")
    if let trace = TraceContext.parent(fields) {
      try require(trace.utf8.count >= 55 && isVisible(trace), "a traceparent is visible ASCII")
      try require(fields.texts(of: "traceparent") == [trace], "a traceparent is the one that was sent")
    }
    try checkKey(fields)
    let forwarded = ForwardedFields.fields(of: request, requestID: id, named: FieldNames(["x-tenant"]))
    let list = HeaderList(forwarded, userAgent: Array("User-Agent: convene".utf8), token: nil, hasLargeBody: false)
    var next: UnsafeMutablePointer<curl_slist>? = list.first
    var names: [String] = []
    while let line = next?.pointee {
      let text = Array(UnsafeBufferPointer(start: line.data, count: strlen(line.data)).map { UInt8(bitPattern: $0) })
      try require(
        !text.contains { $0 == 0x0D || $0 == 0x0A || $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }, "a line is one line")
      names.append(String(decoding: text.prefix { $0 != UInt8(ascii: ":") }, as: UTF8.self).lowercased())
      next = line.next
    }
    let own = names.count { ["content-type", "accept"].contains($0) }
    try require(own == 2, "type and what is accepted are said once each")
    // What the listener lets in.
    let isSound = fields.entries.allSatisfy { fields.hasToken($0.name) && fields.hasNoControl($0.value) }
    for name in isSound ? ["x-request-id", "via"] : [] {
      try require(names.count { $0 == name } >= 1, "\(name) goes along")
    }
    for name in connectionNames + [
      "authorization", "cookie", "proxy-authorization", "host", "content-length", "expect",
    ] {
      try require(!names.contains(name), "\(name) stays behind")
    }
  }

  /// A key is one field's value and no other's, save that it may stand in quotes.
  private static func checkKey(_ fields: HeaderFields) throws(Violation) {
    guard let key = try? IdempotencyKey.read(fields) else { return }
    let values = fields.rawValues(of: "idempotency-key")
    let quoted = key.utf8.reduce(into: [UInt8(ascii: "\"")]) { text, byte in
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { text.append(UInt8(ascii: "\\")) }
      text.append(byte)
    }
    try require(
      values.count == 1
        && (values[0].elementsEqual(key.utf8) || values[0].elementsEqual(quoted + [UInt8(ascii: "\"")])),
      "a key is what was sent")
    try require(key.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F } && (1...255).contains(key.utf8.count), "a key is ASCII")
  }

  private static func isVisible(_ text: String) -> Bool { text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } }

  private static func checkReply(_ lines: [ArraySlice<UInt8>]) throws(Violation) {
    guard let easy = curl_easy_init() else { throw Violation("libcurl has a handle") }
    defer { curl_easy_cleanup(easy) }
    let collector = ReplyCollector(of: easy)
    for line in ["HTTP/1.1 200 OK"].map({ ArraySlice($0.utf8) }) + lines {
      (line + [0x0D, 0x0A]).withUnsafeBytes { collector.collect(header: $0) }
    }
    let reply = collector.reply(status: 200, without: TokenTraces(of: []))
    for entry in reply.fields.entries {
      let name = reply.fields.text(entry.name).lowercased()
      try require(!connectionNames.contains(name), "\(name) is about the connection")
      try require(!["set-cookie", "www-authenticate", "authorization"].contains(name), "\(name) is a credential")
      try require(!reply.fields.bytes[entry.value].contains(0x0A), "a value is one line")
    }
    let stored = StoredReply(status: 200, fields: reply.fields, body: [])
    guard let again = try? StoredReply.decodeFields(stored.encodedFields) else {
      throw Violation("stored fields can be read")
    }
    try require(again == reply.fields, "stored fields come back as they were")
  }

  private static let connectionNames = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
  ]
}
