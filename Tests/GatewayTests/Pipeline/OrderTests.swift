import Conference
import EventLoop
import Synchronization
import TestKit
import Testing

@testable import Gateway

/// Two events that may come in either order: whichever is first, each caller gets one answer, each send one settlement.
@Suite("Events that overtake each other")
struct OrderTests {
  @Test("reply and deadline", arguments: [false, true])
  func replyAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try run(isReversed, { try scene.end(Material.conference) }, { scene.passDeadline() })
    _ = try scene.settle("c-1 done", exchange)
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("lost send and deadline: nothing is sent beyond it", arguments: [false, true])
  func lostAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    scene.pass(.seconds(29.99))
    try run(isReversed, { try scene.end(Material.lost) }, { scene.pass(.milliseconds(10)) })
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.upstream.sent.count == 1 && scene.isOver)
  }

  @Test("admission and deadline: what is admitted too late is settled as not sent", arguments: [false, true])
  func admittedAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(isReversed, { scene.answer(.admitted([]), to: exchange) }, { scene.passDeadline() })
    if isReversed {
      // It is asked to leave, which the ledger ignores: it does not wait.
      #expect(scene.ledger.heard() == ["leave", "settle c-1 free"])
      scene.answer(.settled, to: exchange)
      #expect(caller.statuses == [503] && scene.upstream.sent.isEmpty)
    } else {
      try scene.end(Material.conference)
      _ = try scene.settle("c-1 done", exchange)
      #expect(caller.statuses == [200])
    }
    #expect(scene.isOver)
  }

  @Test("admission and the end of the lease that it is under: nothing is sent that may be another replica's")
  func admittedAndLeaseOver() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.ledger.endedLeases.withLock { _ = $0.insert(scene.ledger.lease) }
    scene.answer(.admitted([]), to: exchange)
    #expect(scene.upstream.sent.isEmpty)
    _ = try scene.settle("c-1 free", exchange)
    #expect(caller.statuses == [503] && scene.isOver)
  }

  @Test("lost send and the end of the lease: it is not sent again, and nobody knows what became of it")
  func lostAndLeaseOver() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    scene.ledger.endedLeases.withLock { _ = $0.insert(scene.ledger.lease) }
    try scene.end(Material.lost)
    scene.pass(.seconds(5))
    #expect(scene.upstream.sent.count == 1)
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test("replay and deadline", arguments: [false, true])
  func replayedAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(
      isReversed, { scene.answer(.replayed(Material.stored, commandID: "c-1"), to: exchange) },
      { scene.passDeadline() })
    #expect(scene.ledger.heard() == (isReversed ? ["leave"] : []))
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("leave and settle: the duplicate hears of the ledger what it decided first", arguments: [false, true])
  func leaveAndSettle(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.passDeadline()
    #expect(scene.ledger.heard() == ["leave"])
    let inFlight = Refusal(.inFlight, faults: [Fault(.beingProcessed, "still being processed")])
    let answer = isReversed ? LedgerAnswer.replayed(Material.stored, commandID: "c-1") : .refused(inFlight, [])
    scene.answer(answer, to: exchange)
    #expect(caller.statuses == [isReversed ? 200 : 409] && scene.isOver)
  }

  @Test("settled and deadline", arguments: [false, true])
  func settledAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.conference)
    #expect(scene.ledger.heard() == ["settle c-1 done"])
    run(isReversed, { scene.answer(.settled, to: exchange) }, { scene.passDeadline() })
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("recorded and deadline", arguments: [false, true])
  func recordedAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let caller = scene.receive(Material.request(body: #"{"name":"daily"}"#))
    let exchange = try scene.ledger.takeOne().exchange
    run(isReversed, { scene.answer(.recorded, to: exchange) }, { scene.passDeadline() })
    #expect(caller.statuses == [422] && scene.isOver)
  }

  @Test("back-off end and deadline", arguments: [false, true])
  func backoffAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    scene.pass(.seconds(29.85))
    try scene.end(Material.lost)
    // Both are due in one turn, or the pause is over before.
    if isReversed { scene.pass(.seconds(1)) } else { scene.pass(.milliseconds(100)) }
    if !isReversed {
      #expect(scene.upstream.sent.count == 2)
      try scene.end(Material.lost)
    }
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test("look-up end and deadline, for a late repeat", arguments: [false, true])
  func lookUpAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.reconcile(Material.earlier()), to: exchange)
    for outcome in LookUpTests.finding.dropLast() { try scene.end(outcome) }
    try run(isReversed, { try scene.end(Material.conference) }, { scene.passDeadline() })
    #expect(scene.ledger.heard() == ["resolve c-0 found"])
    scene.answer(.replayed(Material.stored, commandID: "c-0"), to: exchange)
    #expect(caller.statuses == [200] && scene.isOver)
  }

  @Test("look-up end and deadline, after a riddle", arguments: [false, true])
  func checkAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.reply(200))
    try run(isReversed, { try scene.end(Material.lost) }, { scene.passDeadline() })
    _ = try scene.settle("c-1 unknown", exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test("absence and deadline: a new try that comes too late waits for nobody", arguments: [false, true])
  func absentAndDeadline(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    run(isReversed, { scene.answer(.absent, to: exchange) }, { scene.passDeadline() })
    #expect(scene.ledger.heard() == (isReversed ? ["leave", "admit c-1", "leave"] : ["admit c-1", "leave"]))
    let inFlight = Refusal(.inFlight, faults: [Fault(.beingProcessed, "still being processed")])
    scene.answer(.refused(inFlight, []), to: exchange)
    #expect(caller.statuses == [409] && scene.isOver)
  }

  @Test("settled and the end of grace", arguments: [false, true])
  func settledAndGrace(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.sending()
    try scene.end(Material.conference)
    #expect(scene.ledger.heard() == ["settle c-1 done"])
    scene.passDeadline()
    run(isReversed, { scene.answer(.settled, to: exchange) }, { scene.pass(GatewayPipeline.ledgerGrace) })
    #expect(caller.statuses == [isReversed ? 504 : 200] && scene.metrics.reading[.executed] == 1)
    #expect(isReversed ? caller.operation == "/operations/c-1" : true)
    #expect(scene.isOver)
  }

  @Test("admission and the end of grace: nobody waits for it, so it is settled as not sent", arguments: [false, true])
  func admittedAndGrace(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.passDeadline()
    #expect(scene.ledger.heard() == ["leave"])
    run(isReversed, { scene.answer(.admitted([]), to: exchange) }, { scene.pass(GatewayPipeline.ledgerGrace) })
    _ = try scene.settle("c-1 free", exchange)
    // Where it was admitted, all that is missing is the record of it.
    #expect(caller.statuses == [isReversed ? 503 : 504] && scene.upstream.sent.isEmpty && scene.isOver)
  }

  @Test("resumption and the end of grace: what an earlier request sent stays unknown", arguments: [false, true])
  func resumedAndGrace(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.passDeadline()
    #expect(scene.ledger.heard() == ["leave"])
    run(
      isReversed, { scene.answer(.resume(Material.earlier(), windowLeft: .seconds(20)), to: exchange) },
      { scene.pass(GatewayPipeline.ledgerGrace) })
    _ = try scene.settle("c-0 unknown", exchange)
    #expect(caller.statuses == [isReversed ? 503 : 504] && scene.upstream.sent.isEmpty && scene.isOver)
  }

  @Test("a late repeat whose ledger is silent is not told that nothing was sent")
  func lateRepeat() throws {
    let scene = try PipelineScene()
    let (caller, exchange) = try scene.create()
    scene.answer(.reconcile(Material.earlier()), to: exchange)
    try scene.end(Material.lost)
    #expect(scene.ledger.heard() == ["resolve c-0 unclear"])
    scene.passDeadline()
    scene.pass(GatewayPipeline.ledgerGrace)
    #expect(caller.statuses == [504] && caller.operation == "/operations/c-0")
    scene.answer(.replayed(Material.stored, commandID: "c-0"), to: exchange)
    #expect(caller.statuses == [504] && scene.isOver)
  }

  @Test("a client that has gone changes nothing: what was sent is settled", arguments: [false, true])
  func clientGone(isReversed: Bool) throws {
    let scene = try PipelineScene()
    let gone = GoneCaller()
    scene.pipeline.received(
      Material.request(body: Material.body("c-1"), at: scene.now), responder: Responder(gone))
    scene.turn()
    let exchange = try scene.ledger.takeOne().exchange
    scene.answer(.admitted([]), to: exchange)
    try run(isReversed, { try scene.end(Material.conference) }, { gone.isGone = true })
    _ = try scene.settle("c-1 done", exchange)
    #expect(gone.wasTold == 1 && scene.isOver)
  }
}

/// What libmicrohttpd leaves of a connection whose client has left: it takes the answer, and nobody reads it.
private final class GoneCaller: ReplyReceiving {
  var isGone = false
  private(set) var wasTold = 0

  func receive(_ reply: Reply) { wasTold += isGone ? 1 : 0 }
}
