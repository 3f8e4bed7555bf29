internal import CCurl
internal import Crypto
internal import EventLoop
internal import Glibc

@testable internal import Audit
@testable internal import Gateway
@testable internal import Ledger
@testable internal import LedgerSQLite
@testable internal import Upstream

extension FuzzTarget {
  /// Header lines, each ended by a line feed; anything else may stand in them. One that begins with `!` is a name that the
  /// configuration wants passed on.
  ///
  /// 1. To Telnyx goes what the gateway says itself, and of the caller's fields those on the list, byte for byte: nothing else,
  ///    and nothing that ends a line.
  /// 2. What of a reply is kept was said there, is no credential, no token and not about the connection, and is the same when
  ///    it was stored.
  /// 3. A record of stored fields that was damaged is an error, not a crash.
  static func checkFields(_ input: [UInt8]) throws(Violation) {
    let all = input.split(separator: UInt8(ascii: "\n"))
    let lines = all.filter { $0.first != UInt8(ascii: "!") }
    var fields = HeaderFields()
    for line in lines {
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      fields.append(name, line.dropFirst(name.count + 1).drop { $0 == 0x20 })
    }
    try checkNames(fields)
    try checkKey(fields)
    let wanted = all.filter { $0.first == UInt8(ascii: "!") }.map { String(decoding: $0.dropFirst(), as: UTF8.self) }
    try checkRequest(fields, forwarding: wanted.isEmpty ? ["x-tenant"] : ForwardFieldsSetting(wanted).names)
    try checkReply(lines)
    _ = try? StoredReply.decodeFields(input)
  }

  private static func checkNames(_ fields: HeaderFields) throws(Violation) {
    let id = RequestID.adopt(fields)
    try require((1...128).contains(id.utf8.count) && isVisible(id), "a request id is visible ASCII")
    let parents = fields.rawValues(of: "traceparent").map(Array.init)
    let parent = TraceContext.parent(of: fields)
    try require(
      (parent != nil) == IndependentTrace.isParent(parents),
      "a traceparent is one of the standard's form, and the only one")
    if let parent {
      try require(
        parents[0][3..<52].elementsEqual(parent.text.utf8.dropFirst(3).prefix(49)), "a trace goes on under its own name"
      )
      try require(TraceParent(parent.bytes.span) == parent, "what is sent can be read")
    }
    let trace = RequestTrace(fields, ratio: .none, numbers: TraceNumbers())
    try require((trace.parent == nil) == (parent == nil) && trace.id == parent?.trace ?? trace.id, "a trace goes on")
    let recorded = trace.recorded(fields)
    try require(recorded.utf8.count >= 55 && isVisible(recorded), "a traceparent is visible ASCII")
    try require(
      parent == nil || fields.texts(of: "traceparent") == [recorded], "a traceparent is recorded as it was sent")
  }

  // MARK: To Telnyx

  private static func checkRequest(_ fields: HeaderFields, forwarding names: [String]) throws(Violation) {
    for name in names { try require(!isKept(name), "\(name) can't be passed on by any configuration") }
    let request = IncomingRequest(
      ArrivedHead(
        surface: .callers, method: "POST", target: "/v2/conferences", fields: fields, peer: .unix(uid: 0),
        received: MonotonicTime.now))
    let forwarded = ForwardedFields.fields(of: request, requestID: "r-1", named: FieldNames(names))
    let isLarge = fields.entries.count % 2 == 1
    let list = HeaderList(
      forwarded, userAgent: Array("User-Agent: convene".utf8), token: token, hasLargeBody: isLarge)
    var sent: [[UInt8]] = []
    var next: UnsafeMutablePointer<curl_slist>? = list.first
    while let line = next?.pointee {
      sent.append(UnsafeBufferPointer(start: line.data, count: strlen(line.data)).map { UInt8(bitPattern: $0) })
      next = line.next
    }
    for line in sent {
      try require(
        !line.contains { $0 == 0x0D || $0 == 0x0A || $0 < 0x20 && $0 != 0x09 || $0 == 0x7F }, "a line is one line")
    }
    let own = [
      "Content-Type: application/json", "Accept: application/json", "Accept-Encoding:",
      "Authorization: Bearer KEY0-secret",
    ].map { Array($0.utf8) }
    for line in own { try require(sent.count { $0 == line } == 1, "the gateway's own lines are said once each") }
    let rest = sent.filter { !own.contains($0) && !(isLarge && $0.elementsEqual("Expect:".utf8)) }
    let expected = lines(of: fields, forwarding: names)
    try require(
      rest.count == expected.count
        && expected.allSatisfy { line in rest.count { $0 == line } == expected.count { $0 == line } },
      "only what is on the list goes along, as it came: \(rest.map { String(decoding: $0, as: UTF8.self) })")
  }

  /// What of the caller's fields goes along, and what the gateway adds to them.
  private static func lines(of fields: HeaderFields, forwarding names: [String]) -> [[UInt8]] {
    let all = fields.entries.map { entry in
      (name: Array(fields.bytes[entry.name]), value: Array(fields.bytes[entry.value]))
    }
    func lower(_ name: [UInt8]) -> [UInt8] { name.map { (0x41...0x5A).contains($0) ? $0 + 0x20 : $0 } }
    func values(_ name: String) -> [[UInt8]] { all.filter { lower($0.name).elementsEqual(name.utf8) }.map(\.value) }
    let hopByHop = values("connection").flatMap { $0.split(separator: UInt8(ascii: ",")) }
      .map { lower($0.filter { $0 != 0x20 && $0 != 0x09 }) }
    // Those of a trace are written anew.
    let listed = (["user-agent"] + names).filter { !["traceparent", "tracestate"].contains($0) }.map { Array($0.utf8) }
    let passed = all.filter { field in
      let name = lower(field.name)
      let isListed = listed.contains(name) || name.starts(with: "x-stainless-".utf8) && name.count > 12
      return isListed && !hopByHop.contains(name)
    }
    let via = values("via") + [Array("1.1 convene".utf8)]
    var added = [
      (name: Array("Via".utf8), value: Array(via.joined(separator: Array(", ".utf8)))),
      (name: Array("X-Request-Id".utf8), value: Array("r-1".utf8)),
    ]
    if let state = IndependentTrace.state(values("tracestate"), parents: values("traceparent")),
      !hopByHop.contains(Array("tracestate".utf8))
    {
      added.append((name: Array("tracestate".utf8), value: state))
    }
    var lines = (passed + added).filter { isSound($0.name, $0.value) }.map { $0.name + Array(": ".utf8) + $0.value }
    if !passed.contains(where: { lower($0.name).elementsEqual("user-agent".utf8) }) {
      lines.append(Array("User-Agent: convene".utf8))
    }
    return lines
  }

  /// What the listener lets in (RFC 9110, sections 5.1 and 5.5), and libcurl takes for a field.
  private static func isSound(_ name: [UInt8], _ value: [UInt8]) -> Bool {
    let delimiters = Array("\"(),/:;<=>?@[\\]{}".utf8)
    return !name.isEmpty && !value.isEmpty && name.allSatisfy { $0 > 0x20 && $0 < 0x7F && !delimiters.contains($0) }
      && value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
  }

  /// About the connection, a credential, another method or path than the one that is judged, or said by the gateway itself.
  private static func isKept(_ name: String) -> Bool {
    let plain = name.lowercased().split(separator: "_", omittingEmptySubsequences: false).joined(separator: "-")
    return connectionNames.contains(plain)
      || [
        "authorization", "proxy-authorization", "cookie", "host", "content-length", "content-type", "expect", "accept",
        "accept-encoding", "idempotency-key", "via", "x-request-id", "x-http-method-override", "x-original-url",
        "x-rewrite-url", "content-encoding", "x-api-key",
      ].contains(plain)
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

  // MARK: From Telnyx

  private static func checkReply(_ lines: [ArraySlice<UInt8>]) throws(Violation) {
    let reply = try CollectedReply.reply(lines, without: traces)
    let said = lines.map { line in
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      let value = line.dropFirst(name.count + 1).drop { isSpace($0) }
      return (name: name, value: value.dropLast(value.reversed().prefix { isSpace($0) }.count))
    }
    // What begins as a status line does begins anew, and behind an empty line are trailers.
    let isOneHead = !lines.contains { $0.starts(with: "HTTP/".utf8) || $0.allSatisfy { isSpace($0) } }
    let named = said.filter { isOneHead && String(decoding: $0.name, as: UTF8.self).lowercased() == "connection" }
      .flatMap { field in
        String(decoding: field.value, as: UTF8.self).lowercased().split(separator: ",")
          .map { $0.filter { $0 != " " && $0 != "\t" } }
          .filter { $0.utf8.allSatisfy { $0 < 0x80 } && !["", "close", "keep-alive"].contains($0) }
      }
    for entry in reply.fields.entries {
      let name = reply.fields.text(entry.name).lowercased()
      let value = reply.fields.bytes[entry.value]
      // The encoding is known to be passed on where it is not undone.
      let isNamed = named.contains(name) && name != "content-encoding" || connectionNames.contains(name)
      try require(!isNamed, "\(name) is about the connection")
      try require(!["set-cookie", "www-authenticate", "authorization"].contains(name), "\(name) is a credential")
      try require(!value.contains(0x0A), "a value is one line")
      for part in [entry.name, entry.value] {
        let hasToken = reply.fields.bytes[part].withUnsafeBytes {
          memmem($0.baseAddress, $0.count, tokenText, tokenText.utf8.count) != nil
        }
        try require(!hasToken, "a token is passed on to nobody")
      }
      let isSaid = said.contains { said in
        said.name.elementsEqual(reply.fields.bytes[entry.name]) && said.value.elementsEqual(value)
          || name == "content-encoding" && said.value.elementsEqual(value)
      }
      // Where a token stood there are asterisks.
      let isMasked = name.contains("*") || value.contains(UInt8(ascii: "*"))
      try require(isSaid || isMasked, "what is kept was said: \(name)")
    }
    let stored = StoredReply(status: 200, fields: reply.fields, body: [])
    guard let again = try? StoredReply.decodeFields(stored.encodedFields) else {
      throw Violation("stored fields can be read")
    }
    try require(again == reply.fields, "stored fields come back as they were")
  }

  private static func isSpace(_ byte: UInt8) -> Bool { [0x20, 0x09, 0x0D, 0x0A].contains(byte) }

  private static let tokenText = "KEY0-secret"
  private static let token = Secret(Array(tokenText.utf8))
  private static let traces = TokenTraces(of: [token])

  private static let connectionNames = [
    "connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade",
  ]
}
