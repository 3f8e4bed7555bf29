import EventLoop
import TestKit
import Testing

@testable import Gateway

@Suite("The spans of a request")
struct RequestSpansTests {
  private static let sampled: HeaderFields = [
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", "Host": "gateway.example:8080",
  ]

  /// Name, kind, when it began and how long it took, in ms since the request's head.
  private static func times(_ spans: [TraceSpan]) -> [String] {
    spans.map { span in
      let (start, end) = ((span.start - spans[0].start) / 1_000_000, (span.end - spans[0].start) / 1_000_000)
      return "\(span.name) \(span.kind) \(start)-\(end)"
    }
  }

  @Test("are its own, and one for the ledger's admission, each attempt and the settlement")
  func create() throws {
    let scene = try PipelineScene(ratio: 0)
    let (caller, id) = try scene.create(fields: Self.sampled)
    scene.pass(.milliseconds(2))
    scene.answer(.admitted([]), to: id)
    scene.pass(.milliseconds(30))
    try scene.end(Material.lost)
    scene.pass(.seconds(1))
    scene.pass(.milliseconds(40))
    try scene.end(Material.conference)
    scene.pass(.milliseconds(3))
    #expect(scene.collector.take().isEmpty)
    _ = try scene.settle("c-1 done", id)
    #expect(caller.statuses == [200])
    let spans = scene.collector.take()
    try #require(spans.count == 5)
    #expect(
      Self.times(spans) == [
        "POST /conferences server 0-1075", "ledger admit internal 0-2", "POST client 2-32", "POST client 1032-1072",
        "ledger settle internal 1072-1075",
      ])
    #expect(Set(spans.map(\.id)).count == 5)
    #expect(spans.allSatisfy { $0.trace.hex == "0af7651916cd43dd8448eb211c80319c" && $0.flags == 1 })
    #expect(spans[0].parent?.hex == "b7ad6b7169203331" && spans[0].isRemote)
    #expect(spans.dropFirst().allSatisfy { $0.parent == spans[0].id && !$0.isRemote })
    // What Telnyx was told is whose part its own are.
    #expect(scene.upstream.sent.map { $0.traceparent?.span } == [spans[2].id, spans[3].id])
    #expect(scene.upstream.sent.map { $0.traceparent?.trace } == [spans[0].trace, spans[0].trace])
    #expect(spans.map(\.hasFailed) == [false, false, true, false, false])
    #expect(spans[2]["error.type"] == "timeout" && spans[2]["http.response.status_code"] == nil)
    #expect(spans[2]["http.request.resend_count"] == nil && spans[3]["http.request.resend_count"] == "1")
    #expect(spans[3]["http.response.status_code"] == "200")
    #expect(spans[3]["url.full"] == "https://api.telnyx.com/v2/conferences")
    #expect(spans[3]["server.address"] == "api.telnyx.com" && spans[3]["server.port"] == "443")
    #expect(spans[4]["convene.outcome"] == "executed")
    let expected = [
      "http.request.method": "POST", "http.route": "/conferences", "url.path": "/v2/conferences", "url.scheme": "http",
      "server.address": "gateway.example", "server.port": "8080", "network.peer.address": "10.0.0.1",
      "network.peer.port": "1", "http.response.status_code": "200", "convene.team": "support",
      "convene.caller": "anyone", "convene.command_id": "c-1", "convene.decision": "forwarded",
      "convene.outcome": "executed",
    ]
    for (key, value) in expected { #expect(spans[0][key] == value, "\(key)") }
  }

  @Test("say of a request that was refused by whom and why", arguments: [false, true])
  func refused(isLimited: Bool) throws {
    let scene = try PipelineScene(ratio: 1)
    let caller = scene.receive(Material.request(body: isLimited ? Material.body("c-1") : "{", at: scene.now))
    let id = try scene.ledger.takeOne().exchange
    let (refusal, limits) = Material.limited()
    scene.answer(isLimited ? .refused(refusal, limits) : .recorded, to: id)
    let spans = scene.collector.take()
    #expect(spans.map(\.name) == ["POST /conferences", isLimited ? "ledger admit" : "ledger record"])
    #expect(spans[0].parent == nil && !spans[0].isRemote)
    #expect(spans[0]["convene.decision"] == (isLimited ? "limited" : "refused"))
    #expect(spans[0]["convene.refusal"] == (isLimited ? "limited" : "malformed"))
    #expect(spans[0]["http.response.status_code"] == "\(caller.statuses[0])")
    // A caller's fault is none of the server's span.
    #expect(!spans[0].hasFailed && spans[0]["error.type"] == nil)
  }

  @Test("show a look-up, whose questions are part of it, and a failure of the gateway's or of Telnyx's")
  func lookUp() throws {
    let scene = try PipelineScene(ratio: 1) { $0.attempts = 1 }
    let (caller, id) = try scene.sending()
    try scene.end(Material.reply(200))
    scene.pass(.milliseconds(7))
    try scene.end(Material.reply(500))
    _ = try scene.settle("c-1 unknown", id)
    #expect(caller.statuses == [504])
    let spans = scene.collector.take()
    #expect(spans.map(\.name) == ["POST /conferences", "ledger admit", "POST", "look up", "ledger settle"])
    #expect(scene.upstream.sent.last?.traceparent?.span == spans[3].id)
    #expect(spans[3]["convene.finding"] == "unclear")
    #expect(spans[0].hasFailed && spans[0]["error.type"] == "504" && spans[0]["convene.outcome"] == "unknown")
  }

  @Test(
    "are none where the trace is not sampled, or where nobody takes them",
    arguments: [
      (0, HeaderFields()), (1, ["traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"]),
      (nil, sampled), (nil, HeaderFields()),
    ] as [(Double?, HeaderFields)])
  func unsampled(ratio: Double?, fields: HeaderFields) throws {
    let scene = try PipelineScene(ratio: ratio)
    let (caller, id) = try scene.sending(fields: fields)
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", id)
    #expect(caller.statuses == [200] && scene.collector.take().isEmpty)
    // Telnyx hears of the trace all the same.
    let sent = try #require(scene.upstream.sent.first?.traceparent)
    #expect(sent.flags == (fields.value(of: "traceparent")?.hasSuffix("-01") == true ? 1 : 0))
  }

  @Test("of strangers are as many as the ratio says, whatever they say themselves", arguments: [0, 1.0])
  func strangers(ratio: Double) throws {
    let scene = try PipelineScene(ratio: ratio)
    var fields = Self.sampled
    fields.append("Authorization", "Bearer nobody's")
    let caller = scene.receive(Material.request(fields: fields, body: Material.body("c-1"), at: scene.now))
    scene.answer(.recorded, to: try scene.ledger.takeOne().exchange)
    #expect(caller.statuses == [401])
    let spans = scene.collector.take()
    #expect(spans.count == (ratio == 1 ? 2 : 0))
    #expect(spans.allSatisfy { $0["convene.caller"] == nil })
  }

  @Test("have of what callers choose no more than a record has, and no path but the gateway's own")
  func bounded() throws {
    let scene = try PipelineScene(ratio: 1)
    let long = String(repeating: "é", count: 4000)
    for (method, target) in [("GET", "/operations/\(long)"), ("GET", "/secret"), ("secret", "/conferences?secret")] {
      _ = scene.receive(Material.request(method, target, fields: ["Host": long], at: scene.now))
    }
    for asked in scene.ledger.takeAll() {
      if case .inspect = asked.request {
        scene.answer(.operation(nil), to: asked.exchange)
      } else {
        scene.answer(.recorded, to: asked.exchange)
      }
    }
    let spans = scene.collector.take()
    #expect(spans.filter { $0.kind == .server }.map(\.name) == ["GET /operations/{command_id}", "GET", "HTTP"])
    for attribute in spans.flatMap(\.attributes) {
      guard case .text(let text) = attribute.value else { continue }
      #expect(text.utf8.count <= 256 && !text.contains("secret"), "\(attribute.key)")
    }
  }

  @Test("say how the request came")
  func peers() throws {
    let scene = try PipelineScene(ratio: 1)
    let certificate = ClientCertificate(names: [.uri("spiffe://example/pbx")], end: .now)
    for (peer, isEncrypted) in [
      (.tcp("[::1]:7"), false), (.tcp("10.0.0.2:8"), true), (.tls("10.0.0.3:9", certificate), true),
      (.unix(uid: 5), false),
    ] as [(Peer, Bool)] {
      _ = scene.receive(
        Material.request("GET", "/operations/c-1", peer: peer, isEncrypted: isEncrypted, at: scene.now))
      scene.answer(.operation(nil), to: try scene.ledger.takeOne().exchange)
    }
    let spans = scene.collector.take().filter { $0.kind == .server }
    #expect(spans.map { $0["network.peer.address"] } == ["::1", "10.0.0.2", "10.0.0.3", nil])
    #expect(spans.map { $0["network.peer.port"] } == ["7", "8", "9", nil])
    #expect(spans.map { $0["url.scheme"] } == ["http", "https", "https", "http"])
    #expect(spans.map { $0["network.transport"] } == [nil, nil, nil, "unix"])
    #expect(spans.map { $0["convene.decision"] } == Array(repeating: "inspected", count: 4))
  }
}
