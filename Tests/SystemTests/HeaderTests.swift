import Foundation
import JSON
import TestKit
import Testing

@Suite("Header fields", .timeLimit(.minutes(30)))
struct HeaderTests {
  private static let ok = ScriptedUpstream.ok(ScriptedUpstream.conference)

  private func exchange(
    _ headers: [String], reply: String = ok, forward: String? = nil
  ) throws -> (sent: ScriptedUpstream.Request, reply: WireReply, record: JSONValue) {
    let upstream = try ScriptedUpstream { _, _ in .reply(reply) }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = forward.map { ["forward_fields: \($0)"] } ?? []
    let gateway = try GatewayProcess(options)
    let received = try gateway.create(GatewayProcess.command("c-1"), headers: headers)
    return (try #require(upstream.requests.first), received, try #require(try gateway.audit(1).first))
  }

  @Test("of this connection and credentials stay behind on the way to Telnyx")
  func strippedFromRequest() throws {
    let sent = try exchange([
      "Connection: keep-alive, X-Hop", "X-Hop: 1", "Keep-Alive: 5", "TE: trailers", "Upgrade: h2c",
      "Proxy-Authorization: Basic x", "Cookie: a=b", "X-Api-Key: secret", "Accept: text/html",
      "X-Stainless-Lang: python",
    ]).sent
    for name in [
      "connection", "x-hop", "keep-alive", "te", "upgrade", "proxy-authorization", "cookie", "x-api-key", "expect",
      "transfer-encoding",
    ] {
      #expect(sent.lines(named: name).isEmpty, "\(name)")
    }
    #expect(sent.lines(named: "authorization") == ["Authorization: Bearer \(SimulatorProcess.token)"])
    #expect(sent.lines(named: "accept") == ["Accept: application/json"])
    #expect(sent.lines(named: "content-type") == ["Content-Type: application/json"])
    #expect(sent.lines(named: "content-length").count == 1)
    #expect(sent.lines(named: "host").count == 1)
    #expect(sent.lines(named: "x-stainless-lang") == ["X-Stainless-Lang: python"])
    #expect(sent.head.hasPrefix("POST /v2/conferences HTTP/1.1\r\n"))
  }

  @Test(
    "that are on no list stay behind",
    arguments: [
      "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: DELETE", "X-Method-Override: DELETE",
      "X-Forwarded-Client-Cert: By=x", "X-Forwarded-For: 10.0.0.1", "X-Forwarded-Host: x", "Forwarded: for=10.0.0.1",
      "X-Real-IP: 10.0.0.1", "X-Original-URL: /v2/x", "Content-MD5: x", "Content-Disposition: x", "Digest: x",
      "Prefer: x", "Origin: x", "Referer: x", "Cookie2: x", "X-Amz-Security-Token: x", "X-Custom: x", "X-Stainless: x",
      "X-Stainless-: x", "traceparent2: x", "Early-Data: 1", "Priority: u=1", "baggage: x",
    ])
  func unlisted(field: String) throws {
    let sent = try exchange([field]).sent
    let name = field.split(separator: ":")[0].lowercased()
    #expect(sent.lines(named: name).isEmpty)
    #expect(
      sent.head.split(separator: "\r\n").dropFirst().map { $0.split(separator: ":")[0].lowercased() }.sorted() == [
        "accept", "authorization", "content-length", "content-type", "host", "traceparent", "user-agent", "via",
        "x-request-id",
      ])
  }

  @Test("that the configuration names go along, all of them, unless the caller says that they are of its connection")
  func named() throws {
    let fields = ["X-Tenant: a", "x-tenant: b", "X-Other: c", "X-Hop: d", "Connection: x-hop"]
    let sent = try exchange(fields, forward: "[x-TENANT, X-Hop]").sent
    #expect(sent.lines(named: "x-tenant") == ["X-Tenant: a", "x-tenant: b"])
    #expect(sent.lines(named: "x-other").isEmpty)
    #expect(sent.lines(named: "x-hop").isEmpty)
  }

  @Test("of that connection and credentials stay behind on the way back")
  func strippedFromReply() throws {
    let reply = try exchange(
      [],
      reply: ScriptedUpstream.ok(
        ScriptedUpstream.conference,
        headers: [
          "Connection: X-Hop", "X-Hop: 1", "Keep-Alive: timeout=5", "Set-Cookie: a=b", "WWW-Authenticate: Bearer",
          "Strict-Transport-Security: max-age=1", "Alt-Svc: h3", "Proxy-Authenticate: Basic", "X-Should-Retry: true",
          "X-Request-Id: of-telnyx", "X-Custom: kept",
        ])
    ).reply
    for name in [
      "x-hop", "keep-alive", "set-cookie", "www-authenticate", "strict-transport-security", "alt-svc",
      "proxy-authenticate", "x-should-retry",
    ] {
      #expect(reply.headers[name] == nil, "\(name)")
    }
    #expect(reply.headers["x-custom"] == "kept")
    #expect(reply.headers["x-request-id"]?.contains("of-telnyx") == false)
    #expect(reply.headers["content-length"] == String(ScriptedUpstream.conference.utf8.count))
  }

  @Test("that only the gateway says are not Telnyx's to say")
  func gatewaysOwn() throws {
    let reply = try exchange(
      [],
      reply: ScriptedUpstream.ok(
        ScriptedUpstream.conference,
        headers: [
          "Idempotent-Replayed: true", "Convene-Policy: x;forced", "Convene-Command-Id: x",
          "RateLimit: x", "RateLimit-Policy: x",
        ])
    ).reply
    #expect(reply.headers["idempotent-replayed"] == nil)
    #expect(reply.headers["convene-policy"] == nil)
    #expect(reply.headers["convene-command-id"] == "c-1")
    #expect(reply.headers["ratelimit"] == nil)
  }

  @Test(
    "say which way the request came",
    arguments: [([], "1.1 convene"), (["Via: 1.0 a, 1.1 b"], "1.0 a, 1.1 b, 1.1 convene")])
  func via(headers: [String], expected: String) throws {
    #expect(try exchange(headers).sent.lines(named: "via") == ["Via: \(expected)"])
  }

  @Test(
    "name the caller's software, or the gateway where the caller doesn't",
    arguments: [(["User-Agent: Dialer/1 (x)"], "Dialer/1"), ([], "convene/"), (["User-Agent:"], "")])
  func userAgent(headers: [String], expected: String) throws {
    let lines = try exchange(headers).sent.lines(named: "user-agent")
    #expect(lines.count == (expected.isEmpty ? 0 : 1))
    #expect(lines.allSatisfy { $0.hasPrefix("User-Agent: \(expected)") }, "\(lines)")
  }

  @Test("that name a sane request are adopted", arguments: ["r-1", "0aF-_.:/+=", String(repeating: "x", count: 128)])
  func adopted(id: String) throws {
    let (sent, reply, record) = try exchange(["X-Request-Id: \(id)"])
    #expect(reply.headers["x-request-id"] == id)
    #expect(record["request_id"]?.string == id)
    #expect(sent.lines(named: "x-request-id") == ["X-Request-Id: \(id)"])
  }

  @Test(
    "that name an insane request are replaced",
    arguments: ["", "<script>", "a;b", String(repeating: "x", count: 129), "r-1\r\nX-Request-Id: r-1"])
  func replaced(id: String) throws {
    let (sent, reply, record) = try exchange(["X-Request-Id: \(id)"])
    let own = try #require(reply.headers["x-request-id"])
    #expect(own != id)
    #expect(own.utf8.count == 36)
    #expect(record["request_id"]?.string == own)
    #expect(sent.lines(named: "x-request-id") == ["X-Request-Id: \(own)"])
  }

  private static let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

  /// The parts of the one `traceparent` that was sent, which is of version 00.
  private static func sentTrace(_ sent: ScriptedUpstream.Request) throws -> (id: String, span: String, flags: String) {
    let lines = sent.lines(named: "traceparent")
    #expect(lines.count == 1)
    let match = try #require(
      try lines.first?.wholeMatch(of: Regex("traceparent: 00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")))
    func part(_ index: Int) -> String { match.output[index].substring.map(String.init) ?? "" }
    return (part(1), part(2), part(3))
  }

  @Test(
    "of a trace are recorded, and it goes on with a span of the gateway's",
    arguments: [
      (parent, "01"), (parent.replacing("00-", with: "cc-") + "-what-will-be", "01"),
      (parent.replacing("00-", with: "01-"), "01"), (parent.dropLast(2) + "00", "00"),
      (parent.dropLast(2) + "ff", "03"),
    ])
  func trace(parent: String, flags: String) throws {
    let state = "a=b, c@d=e f;g:h"
    let (sent, _, record) = try exchange(["traceparent: \(parent)", "tracestate: \(state)", "tracestate:"])
    let trace = try Self.sentTrace(sent)
    #expect(trace.id == "0af7651916cd43dd8448eb211c80319c" && trace.flags == flags)
    #expect(trace.span != "b7ad6b7169203331" && trace.span != "0000000000000000")
    #expect(sent.lines(named: "tracestate") == ["tracestate: \(state)"])
    #expect(record["traceparent"]?.string == parent)
  }

  /// A `%` stands for the byte E9, which is no UTF-8.
  private static let noTraces: [[String]] = [
    [], ["traceparent: nonsense"], ["traceparent:"], ["traceparent: \(parent)%"], ["traceparent: \(parent)-x"],
    ["traceparent: \(parent)", "traceparent: \(parent)"], ["traceparent: \(parent.uppercased())"],
    ["traceparent: ff\(parent.dropFirst(2))"], ["traceparent: cc\(parent.dropFirst(2))x"],
    ["traceparent: 00-00000000000000000000000000000000-b7ad6b7169203331-01"],
    ["traceparent: 00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01"],
    ["traceparent: \(parent.dropLast())"], ["traceparent: \(parent.replacing("-b7", with: "_b7"))"],
    ["traceparent: nonsense", "tracestate: a=%"],
  ]

  @Test("of no trace, or of none in the standard's form, begin a new one, without a state", arguments: noTraces)
  func newTrace(headers: [String]) throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(Self.ok) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    for number in 1...2 {
      let client = try gateway.connect()
      let lines = headers.contains { $0.hasPrefix("tracestate") } ? headers : headers + ["tracestate: a=b"]
      let request = WireClient.request(
        "POST", "/v2/conferences", GatewayProcess.command("c-\(number)", name: "n-\(number)"), key: GatewayProcess.key,
        headers: lines)
      try client.send(request.utf8.map { $0 == UInt8(ascii: "%") ? 0xE9 : $0 })
      #expect(try client.readReply().status == 200)
    }
    let traces = try upstream.requests.map(Self.sentTrace)
    #expect(Set(traces.map(\.id)).count == 2 && Set(traces.map(\.span)).count == 2)
    #expect(traces.allSatisfy { $0.flags == "00" && $0.id != "0af7651916cd43dd8448eb211c80319c" })
    #expect(upstream.requests.allSatisfy { $0.lines(named: "tracestate").isEmpty })
    let records = try gateway.audit(2).map { $0["traceparent"]?.string ?? "" }
    for (record, trace) in zip(records, traces) {
      #expect(record.hasPrefix("00-\(trace.id)-") && record.hasSuffix("-00") && record.utf8.count == 55)
    }
  }

  private static let members = (1...40).map { "k\($0)=v" }

  /// What is sent of it; nil = nothing.
  static let states: [(lines: [String], sent: String?)] = [
    (["a=b"], "a=b"), (["a=b,,c=d, "], "a=b,,c=d, "), (["a=b", "c=d"], "a=b,c=d"), (["a=b", "", "c=d ,"], "a=b,c=d ,"),
    (["0a-_*/@z= !~"], "0a-_*/@z= !~"),
    (["\(String(repeating: "k", count: 256))=v"], "\(String(repeating: "k", count: 256))=v"),
    (["a=\(String(repeating: "v", count: 256))"], "a=\(String(repeating: "v", count: 256))"),
    ([members.prefix(32).joined(separator: ",")], members.prefix(32).joined(separator: ",")),
    (["zzz"], nil), (["a=b", "zzz"], nil), (["=b"], nil), (["a="], nil), (["a=b=c"], nil), (["A=b"], nil),
    (["a b=c"], nil),
    (["_a=b"], nil), (["a=b;c,d"], nil), ([","], nil), ([""], nil), (["a=b,a=c"], nil), (["a=b", "a=c"], nil),
    (["\(String(repeating: "k", count: 257))=v"], nil), (["a=\(String(repeating: "v", count: 257))"], nil),
    ([members.prefix(33).joined(separator: ",")], nil), (members.prefix(33).map(\.self), nil), (["a=\u{E9}"], nil),
    (["a=b", "c=\u{E9}"], nil),
  ]

  @Test(
    "of a trace's state go along in one line where they are a list, and not at all where they are none",
    arguments: states)
  func traceState(lines: [String], sent: String?) throws {
    let state = try exchange(["traceparent: \(Self.parent)"] + lines.map { "tracestate: \($0)" }).sent
    #expect(try Self.sentTrace(state).id == "0af7651916cd43dd8448eb211c80319c")
    let trimmed = sent.map { "tracestate: " + $0.trimmingCharacters(in: .whitespaces) }
    #expect(
      state.lines(named: "tracestate").map { $0.trimmingCharacters(in: .whitespaces) } == [trimmed].compactMap(\.self))
  }

  @Test("of a trace's state stay behind without the trace")
  func stateAlone() throws {
    #expect(try exchange(["tracestate: a=b"]).sent.lines(named: "tracestate") == [])
    let named = ["traceparent: \(Self.parent)", "tracestate: a=b", "Connection: tracestate"]
    #expect(try exchange(named).sent.lines(named: "tracestate") == [])
    let sent = try exchange(Array(named.dropLast()), forward: "[tracestate, traceparent]").sent
    #expect(sent.lines(named: "tracestate") == ["tracestate: a=b"])
    #expect(try Self.sentTrace(sent).id == "0af7651916cd43dd8448eb211c80319c")
  }

  /// A `%` stands for the byte E9, which is no UTF-8.
  private static let insane: [String] = [
    "X-Request-Id: order-%", "X-Request-Id: \u{E9}", "X-Request-Id: two words", "X-Request-Id: r\r\nX-Request-Id: %",
    "Idempotency-Key: order-%", "Idempotency-Key: \"order-%\"", "Idempotency-Key: order-\u{E9}",
    "Idempotency-Key: two words", "Idempotency-Key: a\tb", "Idempotency-Key:", "Idempotency-Key: \"\"",
    "Idempotency-Key: \"", "Idempotency-Key: \"a", "Idempotency-Key: \"a\\\"", "Idempotency-Key: \"a\\b\"",
    "Idempotency-Key: \"a\"b\"", "Idempotency-Key: \"a\", \"b\"", "Idempotency-Key: \"a\tb\"",
    "Idempotency-Key: \"a\";p", "Idempotency-Key: " + String(repeating: "k", count: 256),
    "Idempotency-Key: \"" + String(repeating: "\\\\", count: 256) + "\"",
    "x-stainless-retry-count: one", "x-stainless-retry-count: 1%", "x-stainless-retry-count: +1",
    "x-stainless-retry-count: -1", "x-stainless-retry-count:", "x-stainless-retry-count: 99999999999999999999",
    "x-stainless-retry-count: 0\r\nx-stainless-retry-count: 1",
  ]

  /// Text that was repaired would make one name of two.
  @Test("that name something and are not in their grammar are refused, and nothing is sent", arguments: insane)
  func refused(line: String) throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(Self.ok) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let body = GatewayProcess.command(nil)
    let client = try gateway.connect()
    let request = WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key, headers: [line])
    try client.send(request.utf8.map { $0 == UInt8(ascii: "%") ? 0xE9 : $0 })
    let reply = try client.readReply()
    Refused(400, "bad_request", "10015").check(reply)
    #expect(reply.headers["x-request-id"]?.utf8.count == 36)
    #expect(try gateway.allRecords() == [Record("refused", 400)])
    #expect(upstream.requests.isEmpty)
  }
}
