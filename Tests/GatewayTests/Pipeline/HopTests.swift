import Conference
import Crypto
import EventLoop
import JSON
import TestKit
import Testing

@testable import Gateway

/// Each arrow of the picture in `GatewayPipeline.swift`.
@Suite("A request's way through the pipeline")
struct HopTests {
  @Test("nothing is sent before it is admitted, and nobody is answered before the outcome is settled")
  func create() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    #expect(scene.upstream.sent.isEmpty)
    let (_, limits) = Material.limited()
    scene.answer(.admitted(limits), to: exchange)
    #expect(scene.upstream.sent.count == 1 && caller.statuses.isEmpty)
    try scene.end(Material.conference)
    #expect(caller.statuses.isEmpty)
    let settlement = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [200] && caller.replies[0].body == Array(Material.description.utf8))
    #expect(settlement.reply.body == caller.replies[0].body)
    #expect(settlement.upstream?.attempts == 1 && settlement.upstream?.status == 200)
    #expect(caller.field("convene-command-id") == "c-1")
    #expect(caller.field("convene-policy") == "max_participants;default=20")
    #expect(caller.field("ratelimit")?.isEmpty == false)
    #expect(scene.pipeline.isIdle && scene.metrics.reading[.executed] == 1 && scene.log.all.isEmpty)
  }

  @Test("what is sent is what policy judged, with the caller's fields beside it")
  func sent() throws {
    let scene = try PipelineScene()
    let fields: HeaderFields = ["User-Agent": "test/1", "X-Request-Id": "r-7"]
    _ = try scene.sending(fields: fields)
    let attempt = scene.upstream.sent[0]
    let body = try JSONValue.parse(try #require(attempt.body))
    #expect(body["max_participants"] == .integer(20) && body["command_id"] == .string("c-1"))
    #expect(attempt.path == "/conferences" && attempt.token == 0 && attempt.notAfter == nil)
    #expect(attempt.fields.value(of: "user-agent") == "test/1" && attempt.fields.value(of: "x-request-id") == "r-7")
  }

  @Test(
    "a refusal that needs no ledger is answered once it is on the record",
    arguments: [
      (403, Material.request(body: #"{"call_control_id":"v3:us","name":"daily","region":"US"}"#)),
      (422, Material.request(body: #"{"name":"daily"}"#)),
      (404, Material.request("GET", "/nothing")),
      (405, Material.request("PUT", "/conferences")),
    ])
  func refusal(status: Int, request: IncomingRequest) throws {
    let scene = try PipelineScene()
    let caller = scene.receive(request)
    let asked = try scene.ledger.takeOne()
    #expect(asked.request.summary == "record \(status)" && caller.statuses.isEmpty)
    scene.answer(.recorded, to: asked.exchange)
    #expect(caller.statuses == [status] && scene.pipeline.isIdle)
  }

  /// The ledger knows whether it is the repeat of one that was allowed when it came.
  @Test("a command that policy forbids is asked about where it may be a repeat, and never sent")
  func forbidden() throws {
    let fields: [HeaderFields] = [[:], ["X-Stainless-Retry-Count": "1"]]
    let bodies = [
      Material.body("c-1", more: #","region":"US""#), #"{"call_control_id":"v3:us","name":"daily","region":"US"}"#,
    ]
    for (fields, body) in zip(fields, bodies) {
      let scene = try PipelineScene()
      let caller = scene.receive(Material.request(fields: fields, body: body))
      let asked = try scene.ledger.takeOne()
      guard case .admit(let admission) = asked.request else {
        Issue.record("\(asked.request.summary)")
        continue
      }
      #expect(admission.forbidden?.refusal.status == 403 && admission.body.isEmpty)
      scene.answer(.admitted([]), to: asked.exchange)
      #expect(caller.statuses == [500] && scene.upstream.sent.isEmpty, "that can't be")
    }
    let scene = try PipelineScene()
    let caller = scene.receive(Material.request(body: bodies[0]))
    let stored = StoredReply(status: 200, fields: [:], body: Array(Material.description.utf8))
    scene.answer(.replayed(stored, commandID: "c-1"), to: try scene.ledger.takeOne().exchange)
    #expect(caller.statuses == [200] && scene.pipeline.isIdle)
  }

  @Test("an explanation asks nobody")
  func explain() throws {
    let scene = try PipelineScene()
    let caller = scene.receive(Material.request("POST", "/conferences:explain", body: Material.body("c-1")))
    #expect(caller.statuses == [200] && scene.ledger.heard().isEmpty && scene.pipeline.isIdle)
  }

  @Test("what became of a command is what the ledger says of it", arguments: [true, false])
  func operation(isKnown: Bool) throws {
    let scene = try PipelineScene()
    let caller = scene.receive(Material.request("GET", "/operations/c-1"))
    let asked = try scene.ledger.takeOne()
    #expect(asked.request.summary == "inspect c-1" && caller.statuses.isEmpty)
    let operation = Gateway.Operation(commandID: "c-1", state: .unknown, firstSent: .now, reply: nil)
    scene.answer(.operation(isKnown ? operation : nil), to: asked.exchange)
    #expect(caller.statuses == [isKnown ? 200 : 404] && scene.pipeline.isIdle)
  }

  @Test("a repeat gets the first one's reply, and nothing is sent")
  func replayed() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.replayed(Material.stored, commandID: "c-0"), to: exchange)
    #expect(caller.statuses == [200] && caller.field("idempotent-replayed") == "true")
    #expect(caller.field("convene-command-id") == "c-0")
    #expect(
      scene.upstream.sent.isEmpty && scene.pipeline.isIdle && scene.metrics.reading.count { $0 == .replayed } == 1)
  }

  @Test("what the ledger refuses is answered as it says, with the limits")
  func limited() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    let (refusal, limits) = Material.limited()
    scene.answer(.refused(refusal, limits), to: exchange)
    #expect(caller.statuses == [429] && caller.field("retry-after") == "1")
    #expect(caller.field("x-ratelimit-remaining") == "0")
    #expect(
      scene.upstream.sent.isEmpty && scene.pipeline.isIdle && scene.metrics.reading.count(where: \.isRefusal) == 1)
  }

  @Test("a command of unknown outcome is sent again with its own bytes, and settled under its own id")
  func resumed() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    let command = Material.earlier()
    scene.pass(.seconds(1))
    scene.answer(.resume(command, windowLeft: .seconds(15)), to: exchange)
    #expect(scene.upstream.sent[0].body == command.body)
    #expect(scene.upstream.sent[0].notAfter == Material.start + .seconds(15), "from when the ledger was asked")
    try scene.end(Material.conference)
    _ = try scene.settle("c-0 done", exchange)
    #expect(caller.statuses == [200] && caller.field("convene-command-id") == "c-0")
  }

  @Test("a lost send is followed by the same bytes after a pause")
  func resent() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.lost)
    #expect(scene.upstream.sent.count == 1)
    scene.pass(.milliseconds(100))
    #expect(scene.upstream.sent.count == 2 && scene.upstream.sent[0].body == scene.upstream.sent[1].body)
    try scene.end(Material.conference)
    let settlement = try scene.settle("c-1 done", exchange)
    #expect(settlement.upstream?.attempts == 2 && caller.statuses == [200])
  }

  @Test("a token that is refused is followed by the next, once the ledger knows that")
  func nextToken() throws {
    let scene = try PipelineScene(tokens: 2)
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.reply(401))
    #expect(scene.ledger.heard() == ["token 1 of c-1"] && scene.upstream.sent.map(\.token) == [0])
    scene.answer(.tokenNoted, to: exchange)
    #expect(scene.upstream.sent.map(\.token) == [0, 1])
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [200])
    _ = try scene.sending("c-2")
    #expect(scene.upstream.sent.map(\.token) == [0, 1, 1], "the one that was taken goes first")
  }

  @Test("where the ledger can't note it no other token is tried")
  func nextTokenNotNoted() throws {
    let scene = try PipelineScene(tokens: 2)
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.reply(401))
    #expect(scene.ledger.heard() == ["token 1 of c-1"])
    scene.answer(.refused(.unavailable(.ledgerUnavailable, "full"), []), to: exchange)
    _ = try scene.settle("c-1 free", exchange)
    #expect(caller.statuses == [503] && scene.upstream.sent.count == 1 && scene.isOver)
  }

  @Test("what was sent before is sent again with the token that sent it, or not at all", arguments: [1, 2])
  func tokenOfEarlier(tokens: Int) throws {
    let scene = try PipelineScene(tokens: tokens)
    let (caller, exchange) = try scene.create()
    let earlier = Material.earlier(token: 1)
    scene.answer(.resume(earlier, windowLeft: .seconds(20)), to: exchange)
    #expect(scene.upstream.sent.map(\.token) == (tokens == 2 ? [1] : []))
    if tokens == 2 { try scene.end(Material.lost) }
    guard tokens == 1 else { return }
    _ = try scene.settle("c-0 unknown", exchange)
    #expect(caller.statuses == [504])
  }

  @Test("while Telnyx is down the ledger is told so, and may still replay")
  func unavailability() throws {
    let scene = try PipelineScene { $0.attempts = 1 }
    for number in 0..<20 {
      let (_, exchange) = try scene.sending("c-\(number)")
      try scene.end(Material.lost)
      _ = try scene.settle("c-\(number) unknown", exchange)
    }
    _ = scene.receive(Material.request(body: Material.body("c-x")))
    guard case .admit(let admission) = try scene.ledger.takeOne().request else { return #expect(Bool(false)) }
    #expect(admission.unavailability?.kind == .upstreamDown)
  }

  @Test("the listener of operators is answered at once")
  func admin() throws {
    let scene = try PipelineScene()
    for (target, status) in [("/health", 200), ("/ready", 200), ("/nothing", 404)] {
      #expect(scene.receive(Material.request("GET", target, surface: .admin)).statuses == [status])
    }
    scene.pipeline.announceStop()
    #expect(scene.receive(Material.request("GET", "/ready", surface: .admin)).statuses == [503])
  }

  @Test("whoever asks for a reload is answered by a reading that began later, not by the one that is under way")
  func reloads() throws {
    let scene = try PipelineScene()
    let configuration = try Material.configuration(adminKey: Digest.sha256(Array("operator".utf8)))
    scene.pipeline.snapshot = GatewaySnapshot(configuration)
    var asked = 0
    scene.pipeline.onReloadAsked = {
      asked += 1
      return asked
    }
    let request = Material.request("POST", "/reload", fields: ["Authorization": "Bearer operator"], surface: .admin)
    let (first, second) = (scene.receive(request), scene.receive(request))
    #expect(asked == 2 && first.statuses.isEmpty && second.statuses.isEmpty)
    scene.pipeline.reloaded(ReloadReport(.reloaded, at: .now, revision: "r"), upTo: 1)
    #expect(first.statuses == [200] && second.statuses.isEmpty)
    scene.pipeline.reloaded(ReloadReport(.failed, at: .now, revision: "r", errors: ["wrong"]), upTo: 2)
    #expect(first.statuses == [200] && second.statuses == [422])
  }

  @Test("a request is judged, sent and recorded by the configuration that it began with")
  func snapshot() throws {
    let scene = try PipelineScene { $0.attempts = 2 }
    let (caller, exchange) = try scene.create()
    let newer = try Material.configuration(limit: 6) {
      $0.attempts = 1
      $0.deadline = .seconds(1)
      $0.attemptTimeout = .seconds(1)
    }
    let revision = scene.pipeline.snapshot.revision
    #expect(newer.revision != revision)
    scene.pipeline.snapshot = GatewaySnapshot(newer)
    scene.answer(.admitted([]), to: exchange)
    #expect(scene.upstream.sent[0].timeout == .seconds(10))
    try scene.end(Material.lost)
    scene.pass(.seconds(2))
    #expect(scene.upstream.sent.count == 2, "it has its own attempts, and its own deadline")
    try scene.end(Material.conference)
    #expect(try scene.settle("c-1 done", exchange).audit.entry.configuration == revision)
    #expect(caller.statuses == [200])

    let (_, later) = try scene.create("c-2")
    scene.answer(.admitted([]), to: later)
    #expect(scene.upstream.sent[2].timeout == .seconds(1))
    try scene.end(Material.lost)
    #expect(try scene.settle("c-2 unknown", later).audit.entry.configuration == newer.revision)
  }
}
