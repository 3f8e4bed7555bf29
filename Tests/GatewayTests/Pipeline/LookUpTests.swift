import Conference
import EventLoop
import TestKit
import Testing

@testable import Gateway

/// The hops that the picture has no room for: Telnyx is asked what became of a command.
@Suite("The pipeline asks what became of a command")
struct LookUpTests {
  static let nobody = Material.reply(200, #"{"data":[],\#(meta(0))}"#)
  static let withUs = Material.reply(200, #"{"data":[{"call_control_id":"v3:us"}]}"#)

  private static func meta(_ rows: Int) -> String {
    #""meta":{"total_pages":\#(rows),"total_results":\#(rows),"page_number":1,"page_size":250}"#
  }

  /// One conference of the command's name, made now.
  static var ours: AttemptOutcome {
    Material.reply(
      200, #"{"data":[{"id":"conference-1","name":"daily","created_at":"\#(WallTime.now.rfc3339)"}],\#(meta(1))}"#)
  }

  /// What Telnyx answers until the conference is found.
  static var finding: [AttemptOutcome] { [ours, withUs, Material.conference] }
  /// ... and until it is clear that there is none.
  static let notFinding = [nobody, nobody, nobody, nobody]

  /// A repeat that came too late to be sent again.
  private func lookingUp(_ scene: PipelineScene) throws -> (caller: FakeCaller, exchange: ExchangeID) {
    let created = try scene.create()
    scene.answer(.reconcile(Material.earlier()), to: created.exchange)
    #expect(scene.upstream.underWay.count == 1 && scene.upstream.sent[0].body == nil)
    return created
  }

  @Test("a late repeat is answered with the conference that was found")
  func found() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try lookingUp(scene)
    for outcome in Self.finding { try scene.end(outcome) }
    #expect(scene.ledger.heard() == ["resolve c-0 found"] && caller.statuses.isEmpty)
    scene.answer(.replayed(Material.stored, commandID: "c-0"), to: exchange)
    #expect(caller.statuses == [200] && scene.pipeline.isIdle)
  }

  @Test("a late repeat of what is not there is a new try, under its own id")
  func absent() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try lookingUp(scene)
    for outcome in Self.notFinding { try scene.end(outcome) }
    #expect(scene.ledger.heard() == ["resolve c-0 absent"])
    scene.answer(.absent, to: exchange)
    #expect(scene.ledger.heard() == ["admit c-1"])
    scene.answer(.admitted([]), to: exchange)
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [200] && caller.field("convene-command-id") == "c-1")
  }

  @Test("a late repeat of which nobody can tell is refused by the ledger")
  func unclear() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try lookingUp(scene)
    try scene.end(Material.lost)
    #expect(scene.ledger.heard() == ["resolve c-0 unclear"])
    let undecided = Refusal(.undecided, faults: [Fault(.beingProcessed, "nobody can tell yet")])
    scene.answer(.refused(undecided, []), to: exchange)
    #expect(caller.statuses == [409] && scene.pipeline.isIdle)
  }

  @Test("a duplicate that waits while another looks up is admitted anew where nothing was there")
  func waitingDuplicate() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.absent, to: exchange)
    #expect(scene.ledger.heard() == ["admit c-1"])
    scene.answer(.replayed(Material.stored, commandID: "c-1"), to: exchange)
    #expect(caller.statuses == [200])
  }

  @Test("after a 200 without a conference Telnyx is asked, and the conference that is found is the answer")
  func riddleFound() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.reply(200))
    for outcome in Self.finding { try scene.end(outcome) }
    #expect(caller.statuses.isEmpty)
    _ = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [200] && scene.metrics.reading[.executed] == 1)
  }

  @Test("what is found may be another command's: then the ledger says so, and nobody knows")
  func riddleOtherwise() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.reply(200))
    for outcome in Self.finding { try scene.end(outcome) }
    #expect(scene.ledger.heard() == ["settle c-1 done"])
    scene.answer(.settledOtherwise, to: exchange)
    #expect(caller.statuses == [504] && caller.operation == "/operations/c-1")
    #expect(scene.metrics.reading[.executed] == 0 && scene.metrics.reading[.unknown] == 1)
  }

  @Test("a conference that isn't there yet proves nothing")
  func riddleAbsent() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.reply(200))
    for outcome in Self.notFinding { try scene.end(outcome) }
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504])
  }

  // MARK: In the background

  @Test("what an earlier process left is looked up one after the other, with a pause between and a rest at the end")
  func background() throws {
    let scene = try PipelineScene()
    scene.pipeline.reconcileInBackground()
    scene.turn()
    let first = try scene.ledger.takeOne()
    #expect(first.request.summary == "next unknown")
    scene.answer(.reconcile(Material.earlier()), to: first.exchange)
    for outcome in Self.finding { try scene.end(outcome) }
    #expect(scene.ledger.heard() == ["resolve c-0 found"])
    scene.answer(.resolved, to: first.exchange)
    #expect(scene.ledger.heard().isEmpty)
    scene.pass(.seconds(1))
    let second = try scene.ledger.takeOne()
    scene.answer(.nothingUnknown, to: second.exchange)
    scene.pass(.seconds(14))
    #expect(scene.ledger.heard().isEmpty)
    scene.pass(.seconds(1))
    #expect(scene.ledger.heard() == ["next unknown"] && scene.log.all.isEmpty)
  }

  @Test("a ledger that can't be asked now is asked again a second later")
  func backgroundRefused() throws {
    let scene = try PipelineScene()
    scene.pipeline.reconcileInBackground()
    scene.turn()
    let (refusal, _) = Material.limited()
    scene.answer(.refused(refusal, []), to: try scene.ledger.takeOne().exchange)
    scene.pass(.seconds(1))
    #expect(scene.ledger.heard() == ["next unknown"] && scene.log.all.isEmpty)
  }

  @Test("an answer that can't be is logged, and the look-ups go on")
  func backgroundFault() throws {
    let scene = try PipelineScene()
    scene.pipeline.reconcileInBackground()
    scene.turn()
    scene.answer(.settled, to: try scene.ledger.takeOne().exchange)
    #expect(scene.log.all.count == 1 && scene.log.all[0].hasPrefix("error: "))
    scene.pass(.seconds(1))
    #expect(scene.ledger.heard() == ["next unknown"])
  }

  @Test("none begins while the process is ending")
  func backgroundDraining() throws {
    let scene = try PipelineScene()
    scene.pipeline.reconcileInBackground()
    scene.turn()
    scene.answer(.resolved, to: try scene.ledger.takeOne().exchange)
    scene.pipeline.drain()
    scene.pass(.seconds(60))
    #expect(scene.ledger.heard().isEmpty)
  }
}
