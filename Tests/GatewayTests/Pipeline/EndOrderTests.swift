import Conference
import EventLoop
import TestKit
import Testing

@testable import Gateway

/// Promise 8: whatever the end of the process meets, what was sent is settled, and what was settled is answered.
@Suite("Events that the end of the process overtakes")
struct EndOrderTests {
  @Test("reply and the end of the process", arguments: [false, true])
  func replyAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try run(isReversed, { try scene.end(Material.conference) }, { scene.abandon() })
    scene.endCancelled()
    _ = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [200] && caller.replies[0].closesConnection && scene.isOver)
  }

  @Test("a cancelled send is unknown, and its caller is told so")
  func cancelled() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    scene.abandon()
    #expect(scene.upstream.cancelled == [exchange])
    scene.endCancelled()
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.upstream.sent.count == 1 && scene.isOver)
  }

  @Test("a refused token and the end of the process: no other token is tried after it", arguments: [false, true])
  func tokenRefusedAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene(tokens: 2)
    let (caller, exchange) = try scene.sending()
    try run(isReversed, { try scene.end(Material.reply(401)) }, { scene.abandon() })
    scene.endCancelled()
    if !isReversed {
      #expect(scene.ledger.heard() == ["token 1 of c-1"])
      scene.answer(.tokenNoted, to: exchange)
    }
    _ = try scene.settle("c-1 free", exchange)
    #expect(caller.statuses == [503] && scene.upstream.sent.count == 1 && scene.isOver)
  }

  @Test("back-off end and the end of the process", arguments: [false, true])
  func backoffAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.lost)
    run(isReversed, { scene.pass(.milliseconds(100)) }, { scene.abandon() })
    scene.endCancelled()
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.upstream.sent.count == (isReversed ? 1 : 2) && scene.isOver)
  }

  @Test("settled and the end of the process", arguments: [false, true])
  func settledAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.conference)
    #expect(scene.ledger.heard() == ["settle c-1 done"])
    run(isReversed, { scene.answer(.settled, to: exchange) }, { scene.abandon() })
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("admission and the end of the process: what is admitted after it is not sent", arguments: [false, true])
  func admittedAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(isReversed, { scene.answer(.admitted([]), to: exchange) }, { scene.abandon() })
    scene.endCancelled()
    if isReversed { #expect(scene.ledger.heard() == ["leave", "settle c-1 free"]) }
    if !isReversed { #expect(scene.ledger.heard() == ["settle c-1 unknown"]) }
    scene.answer(.settled, to: exchange)
    #expect(caller.statuses == [isReversed ? 503 : 504] && scene.isOver)
  }

  @Test("resumption and the end of the process", arguments: [false, true])
  func resumedAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(
      isReversed, { scene.answer(.resume(Material.earlier(), windowLeft: .seconds(20)), to: exchange) },
      { scene.abandon() })
    scene.endCancelled()
    #expect(scene.ledger.heard() == (isReversed ? ["leave", "settle c-0 unknown"] : ["settle c-0 unknown"]))
    scene.answer(.settled, to: exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test("look-up end and the end of the process, for a late repeat", arguments: [false, true])
  func lookUpAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.reconcile(Material.earlier()), to: exchange)
    for outcome in LookUpTests.finding.dropLast() { try scene.end(outcome) }
    try run(isReversed, { try scene.end(Material.conference) }, { scene.abandon() })
    scene.endCancelled()
    #expect(scene.ledger.heard() == ["resolve c-0 found"])
    scene.answer(.replayed(Material.stored, commandID: "c-0"), to: exchange)
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("a look-up that the end of the process cuts short leaves its command unknown")
  func lookUpCut() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.reconcile(Material.earlier()), to: exchange)
    scene.abandon()
    scene.endCancelled()
    #expect(scene.ledger.heard() == ["resolve c-0 unclear"])
    let undecided = Refusal(.undecided, faults: [Fault(.beingProcessed, "nobody can tell yet")])
    scene.answer(.refused(undecided, []), to: exchange)
    #expect(caller.statuses == [409] && scene.isOver)
  }

  @Test("a riddle and the end of the process", arguments: [false, true])
  func riddleAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try run(isReversed, { try scene.end(Material.reply(200)) }, { scene.abandon() })
    scene.endCancelled()
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test("hand-out and the end of the process: nothing is looked up after it", arguments: [false, true])
  func handedOutAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(isReversed, { scene.answer(.reconcile(Material.earlier()), to: exchange) }, { scene.abandon() })
    scene.endCancelled()
    #expect(scene.ledger.heard().last == "resolve c-0 unclear")
    #expect(scene.upstream.sent.count == (isReversed ? 0 : 1))
    let undecided = Refusal(.undecided, faults: [Fault(.beingProcessed, "nobody can tell yet")])
    scene.answer(.refused(undecided, []), to: exchange)
    #expect(caller.statuses == [409] && scene.isOver)
  }

  @Test("a duplicate that waits and the end of the process", arguments: [false, true])
  func waitingAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(
      isReversed, { scene.answer(.replayed(Material.stored, commandID: "c-1"), to: exchange) }, { scene.abandon() })
    #expect(scene.ledger.heard() == (isReversed ? ["leave"] : []))
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("deadline and the end of the process", arguments: [false, true])
  func deadlineAndAbandon(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    run(isReversed, { scene.passDeadline() }, { scene.abandon() })
    scene.endCancelled()
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test(
    "drain and admission: what was asked before it is sent, what is asked after it is not", arguments: [false, true])
  func drainAndAdmission(isReversed: Bool) throws {
    let scene = try PipelineScene()
    var asked: [AddressedLedgerRequest] = []
    var caller: FakeCaller?
    try run(
      isReversed,
      {
        caller = scene.receive(Material.request(body: Material.body("c-1")))
        asked = [try scene.ledger.takeOne()]
      }, { scene.pipeline.drain() })
    guard case .admit(let admission)? = asked.first?.request else { return #expect(Bool(false)) }
    #expect(admission.unavailability?.kind == (isReversed ? .draining : nil))
    guard !isReversed else { return }
    scene.answer(.admitted([]), to: asked[0].exchange)
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", asked[0].exchange)
    #expect(caller?.statuses == [200] && caller?.replies[0].closesConnection == true && scene.isOver)
  }

  @Test("drain and absence: a new try is one that is asked after it", arguments: [false, true])
  func drainAndAbsence(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (_, exchange) = try scene.create()
    run(isReversed, { scene.answer(.absent, to: exchange) }, { scene.pipeline.drain() })
    guard case .admit(let admission) = try scene.ledger.takeOne().request else { return #expect(Bool(false)) }
    #expect(admission.unavailability?.kind == (isReversed ? .draining : nil))
  }
}
