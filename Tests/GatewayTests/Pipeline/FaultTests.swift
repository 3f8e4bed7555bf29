import Conference
import EventLoop
import TestKit
import Testing

@testable import Gateway

/// Mistakes of this program: what the ledger or Telnyx says can't be said there.
@Suite("What can't be is told, logged and settled")
struct FaultTests {
  private func isFault(_ caller: FakeCaller, _ scene: PipelineScene) -> Bool {
    caller.statuses == [500] && caller.kind == "internal" && caller.field("x-should-retry") == "false"
      && scene.faults == ["error: an exchange was told what can't be"]
  }

  @Test("while a command is being sent its caller is told at once, and its outcome is settled all the same")
  func sending() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    scene.answer(.recorded, to: exchange)
    #expect(isFault(caller, scene) && caller.operation == "/operations/c-1")
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [500] && scene.pipeline.isIdle)
  }

  @Test("a command that waits to be sent again is not, and is settled as unknown")
  func backingOff() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.lost)
    scene.answer(.admitted([]), to: exchange)
    #expect(isFault(caller, scene))
    scene.pass(.milliseconds(100))
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [500] && scene.pipeline.isIdle && scene.upstream.sent.count == 1)
  }

  @Test(
    "a wrong answer of the ledger is its only one, so the exchange ends", arguments: ["admit", "record", "inspect"])
  func asked(what: String) throws {
    let scene = try PipelineScene()
    let request =
      switch what {
      case "admit": Material.request(body: Material.body("c-1"))
      case "record": Material.request(body: "{}")
      default: Material.request("GET", "/operations/c-1")
      }
    let caller = scene.receive(request)
    scene.answer(.settled, to: try scene.ledger.takeOne().exchange)
    #expect(isFault(caller, scene) && scene.pipeline.isIdle)
  }

  @Test("a settlement that the ledger answers wrongly was heard by it")
  func settling() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.conference)
    #expect(scene.ledger.heard() == ["settle c-1 done"])
    // There is nothing else that it could have been settled as.
    scene.answer(.settledOtherwise, to: exchange)
    #expect(isFault(caller, scene) && scene.pipeline.isIdle)
  }

  @Test("a late repeat that is told nonsense still says what was found")
  func lookingUp() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.reconcile(Material.earlier()), to: exchange)
    scene.answer(.absent, to: exchange)
    #expect(isFault(caller, scene))
    for outcome in LookUpTests.notFinding { try scene.end(outcome) }
    #expect(scene.ledger.heard() == ["resolve c-0 absent"])
    let (refusal, _) = Material.limited()
    scene.answer(.refused(refusal, []), to: exchange)
    #expect(caller.statuses == [500] && scene.pipeline.isIdle)
  }

  @Test("an outcome of no attempt is told to whoever waits, who is admitted in vain then")
  func admitting() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.pipeline.attemptEnded(Material.conference, of: exchange)
    #expect(isFault(caller, scene))
    scene.answer(.admitted([]), to: exchange)
    _ = try scene.settle("c-1 free", exchange)
    #expect(scene.upstream.sent.isEmpty && scene.pipeline.isIdle)
  }

  @Test("what is for nobody is logged")
  func strays() throws {
    let scene = try PipelineScene()
    scene.answer(.settled, to: ExchangeID(number: 77))
    scene.pipeline.attemptEnded(Material.conference, of: ExchangeID(number: 77))
    #expect(scene.log.all.count == 2 && scene.log.all.allSatisfy { $0.hasPrefix("error: ") })
  }
}
