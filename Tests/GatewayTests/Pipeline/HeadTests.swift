import Testing

@testable import Gateway

/// What the head decides needs no body; and what was decided then holds, whatever comes between the head and the body's end.
@Suite("The pipeline, of a head")
struct HeadTests {
  private static let json: HeaderFields = ["Content-Type": "application/json"]

  @Test(
    "needs the body of a command alone",
    arguments: [
      ("POST", "/v2/conferences", json, true), ("POST", "/conferences:explain", json, true),
      ("GET", "/operations/c-1", [:], false), ("POST", "/nowhere", json, false), ("PUT", "/conferences", json, false),
      ("POST", "/conferences", [:], false),
      ("POST", "/conferences", ["Content-Type": "application/json", "Idempotency-Key": "\"a"], false),
      ("POST", "/conferences", ["Content-Type": "application/json", "traceparent": "x"], true),
      ("POST", "/conferences", ["Content-Type": "application/json", "Authorization": "Bearer nobody's"], false),
    ] as [(String, String, HeaderFields, Bool)])
  func needsBody(method: String, target: String, fields: HeaderFields, needsBody: Bool) throws {
    let scene = try PipelineScene()
    #expect(scene.pipeline.judge(Material.request(method, target, fields: fields).head).needsBody == needsBody)
    #expect(!scene.pipeline.judge(Material.request(method, target, fields: fields, surface: .admin).head).needsBody)
  }

  @Test("judges by the configuration that the head met, although another has come before the body was there")
  func snapshot() throws {
    let scene = try PipelineScene()
    let whole = Material.request(body: Material.body("c-1"))
    let judged = scene.pipeline.judge(whole.head)
    let before = scene.pipeline.snapshot
    scene.pipeline.snapshot = GatewaySnapshot(try Material.configuration())
    #expect(judged.snapshot === before)
    let caller = scene.receive(IncomingRequest(whole.head, judged: judged, body: whole.body))
    #expect(caller.replies.isEmpty)
    #expect(try scene.ledger.takeOne().request.summary == "admit c-1")
  }
}
