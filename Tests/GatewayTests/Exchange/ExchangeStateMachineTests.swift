import Conference
import EventLoop
import TestKit
import Testing

@testable import Gateway

/// Every event in every state: those of the table do what it says, all others are faults.
@Suite("An exchange's states")
struct ExchangeStateMachineTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let stand: Stand
    let event: Event
    let effect: String
    let next: String

    init(_ stand: Stand, _ event: Event, _ effect: String, _ next: Stand) {
      self.stand = stand
      self.event = event
      self.effect = effect
      self.next = next.state
    }

    var testDescription: String { "\(stand), \(event): \(effect) -> \(next)" }
  }

  static let rows =
    [
      Row(.opened, .admit, "admit c-1", .admitting),
      Row(.opened, .refuse, "record 403", .recording),
      Row(.opened, .inspect, "inspect c-1", .inspecting),
      Row(.opened, .answer, "answer 200", .closed),

      Row(.admitting, .admitted, "send with token 0", .sending),
      Row(.admitting, .admittedInVain, "settle c-1 free", .settling),
      Row(.admitting, .resumed, "send with token 0", .sending),
      Row(.admitting, .resumedInVain, "settle c-0 unknown", .settling),
      Row(.admitting, .replayed, "answer 200", .closed),
      Row(.admitting, .refused, "answer 429", .closed),
      Row(.admitting, .handedOut, "look up c-0", .lookingUp),
      Row(.admitting, .absent, "admit c-1", .admitting),
      Row(.admitting, .absentTooLate, "admit c-1, leave", .admitting),
      Row(.admitting, .deadlinePassed, "grace, leave", .admitting),
      Row(.admitting, .abandon, "leave", .admitting),

      Row(.lookingUp, .found, "resolve c-0 found", .resolving),
      Row(.lookingUp, .notThere, "resolve c-0 absent", .resolving),
      Row(.lookingUp, .unclear, "resolve c-0 unclear", .resolving),

      Row(.resolving, .replayed, "answer 200", .closed),
      Row(.resolving, .refused, "answer 429", .closed),
      Row(.resolving, .absent, "admit c-1", .admitting),
      Row(.resolving, .absentTooLate, "admit c-1, leave", .admitting),

      Row(.sending, .executed, "settle c-1 done", .settling),
      Row(.sending, .lost, "back off", .backingOff),
      Row(.sending, .riddle, "look up c-1", .checking),
      Row(.sending, .listed, "look up c-1", .checking),
      Row(.sending, .tokenRefused, "note token 1", .noting),
      Row(.sending, .withheld, "settle c-1 free", .settling),
      Row(.sending, .abandon, "cancel", .sending),

      Row(.noting, .tokenNoted, "send with token 1", .sending),
      Row(.noting, .tokenNotedInVain, "settle c-1 free", .settling),
      Row(.noting, .refused, "settle c-1 free", .settling),

      Row(.backingOff, .backoffEnded, "send with token 0", .sending),
      Row(.backingOff, .abandon, "settle c-1 unknown", .settling),

      Row(.checking, .found, "settle c-1 done", .settling),
      Row(.checking, .notThere, "settle c-1 unknown", .settling),
      Row(.checking, .unclear, "settle c-1 unknown", .settling),

      Row(.settling, .settled, "conclude 200", .closed),
      Row(.settlingFound, .settled, "conclude 200", .closed),
      Row(.settlingFound, .settledOtherwise, "conclude 504", .closed),
      Row(.recording, .recorded, "answer 403", .closed),
      Row(.inspecting, .operation, "answer 404", .closed),
      Row(.inspecting, .refused, "answer 429", .closed),

      Row(.opened, .pass, "pass join", .asking),
      Row(.opened, .passList, "pass list", .asking),
      Row(.asking, .passed, "pass join with token 0", .passing),
      Row(.asking, .passedInVain, "close 7 503", .closing),
      Row(.asking, .refused, "answer 429", .closed),

      Row(.passing, .executed, "close 7 200", .closing),
      Row(.passing, .listed, "close 7 200", .closing),
      Row(.passing, .riddle, "close 7 200", .closing),
      Row(.passing, .lost, "back off", .pausing),
      Row(.passing, .tokenRefused, "close 7 502", .closing),
      Row(.passing, .withheld, "close 7 503", .closing),
      Row(.passing, .abandon, "cancel", .passing),
      Row(.passingList, .executed, "close 7 504", .closing),
      Row(.passingList, .listed, "sift 1", .sifting),
      Row(.passingList, .riddle, "close 7 504", .closing),
      Row(.passingList, .lost, "back off", .pausing),
      Row(.passingList, .tokenRefused, "close 7 502", .closing),
      Row(.passingList, .withheld, "close 7 503", .closing),
      Row(.passingList, .abandon, "cancel", .passing),
      Row(.pausing, .backoffEnded, "pass join with token 0", .passing),
      Row(.pausing, .abandon, "close 7 504", .closing),
      Row(.sifting, .visible, "close 7 200", .closing),
      Row(.sifting, .refused, "close 7 429", .closing),
      Row(.closing, .recorded, "answer 200", .closed),
    ] + time

  /// The deadline, a silent ledger and the end of the process can come to whatever is open.
  private static var time: [Row] {
    Stand.allCases.filter { $0 != .closed }.flatMap { stand -> [Row] in
      let isUnderWay =
        switch stand {
        case .opened, .admitting, .noting, .recording, .inspecting, .asking: false
        default: true
        }
      var rows = [Row(stand, .ledgerIsSilent, isUnderWay ? "reply 504" : "reply 503", stand)]
      if stand != .admitting { rows.append(Row(stand, .deadlinePassed, "grace", stand)) }
      if ![.admitting, .sending, .backingOff, .passing, .passingList, .pausing].contains(stand) {
        rows.append(Row(stand, .abandon, "nothing", stand))
      }
      return rows
    }
  }

  @Test("what can be has one effect and one next state", arguments: rows)
  func table(row: Row) throws {
    var machine = try row.stand.machine()
    #expect(machine.state.name == row.stand.state)
    let effect = try row.event.tell(&machine)
    #expect(effect.summary == row.effect)
    #expect(machine.state.name == row.next)
  }

  private static var impossible: [Row] {
    Stand.allCases.flatMap { stand in
      Event.allCases.compactMap { event in
        guard !rows.contains(where: { $0.stand == stand && $0.event == event }) else { return nil }
        let waitsForLedger =
          switch stand {
          case .admitting, .resolving, .settling, .settlingFound, .recording, .inspecting, .asking, .sifting, .closing:
            true
          default: false
          }
        if stand == .noting, event.isAnswer { return Row(stand, event, "fault: settle c-1 free", .settling) }
        // Where nothing is under way, and where this was the ledger's one answer, nothing more can come.
        let isEnd = stand == .opened || stand == .closed || event.isAnswer && waitsForLedger
        return Row(stand, event, isEnd ? "fault, the end" : "fault", isEnd ? .closed : stand)
      }
    }
  }

  @Test("what can't be is a fault, which ends what nothing else would end", arguments: impossible)
  func faults(row: Row) throws {
    var machine = try row.stand.machine()
    let effect = try row.event.tell(&machine)
    #expect(effect.summary == row.effect)
    #expect(machine.state.name == row.next)
    guard case .fault(let fault, _, _) = effect else { return }
    #expect(fault.state == row.stand.state && !fault.event.isEmpty)
    #expect(fault.refusal.status == 500 && fault.refusal.kind.rawValue == "internal")
    #expect(fault.refusal.faults.map(\.code.rawValue) == ["10007"])
    // Whoever has a command under way is told where the truth will be.
    let hasCommand = ![
      .opened, .recording, .inspecting, .asking, .passing, .passingList, .pausing, .sifting, .closing, .closed,
    ].contains(row.stand)
    #expect((fault.refusal.operation != nil) == hasCommand)
  }

  @Test("after a fault nothing more is sent, and what was sent is settled", arguments: [Stand.sending, .backingOff])
  func lastSend(stand: Stand) throws {
    var machine = try stand.machine()
    #expect(try Event.settled.tell(&machine).summary == "fault")
    let end = stand == .sending ? Event.lost : .backoffEnded
    #expect(try end.tell(&machine).summary == "settle c-1 unknown")
    #expect(try Event.settled.tell(&machine).summary == "conclude 504")
  }

  @Test("once the process is ending no other token is tried", arguments: [Event.tokenRefused, .lost, .executed])
  func abandoned(outcome: Event) throws {
    var machine = try Stand.sending.machine()
    #expect(try Event.abandon.tell(&machine).summary == "cancel")
    let expected = [Event.tokenRefused: "free", .lost: "unknown", .executed: "done"]
    #expect(try outcome.tell(&machine).summary == "settle c-1 \(expected[outcome] ?? "?")")
  }

  @Test(
    "whatever an exchange is told, in whatever order, what was sent is settled and what was handed out is resolved",
    arguments: 1...50 as ClosedRange<UInt64>)
  func random(seed: UInt64) throws {
    var random = SeededRandom(seed)
    for _ in 0..<40 {
      var machine = ExchangeStateMachine(requestID: "r-1")
      var said: [String] = []
      var answers = 0
      _ = try Event.admit.tell(&machine)
      while machine.state.name != "closed", said.count < 200 {
        // Mostly what can be; else nothing would ever get far.
        let stand = machine.state.name
        let possible = Self.rows.filter { $0.stand.state == stand }.map(\.event)
        let event =
          Int.random(in: 0..<6, using: &random) == 0
          ? Event.allCases.randomElement(using: &random) : possible.randomElement(using: &random)
        let effect = try (event ?? .abandon).tell(&machine)
        said.append("\(stand) \(event.map(\.rawValue) ?? ""): \(effect.summary)")
        switch effect {
        case .answer, .conclude: answers += 1
        case .fault(_, let isEnd, _): answers += isEnd ? 1 : 0
        default: break
        }
      }
      #expect(machine.state.name == "closed" && answers == 1, "\(said)")
      let sent = said.lastIndex { $0.contains("send with") }
      let settled = said.lastIndex { $0.contains(": settle ") }
      #expect(sent == nil || settled.map { $0 > sent ?? 0 } ?? false, "\(said)")
      let handedOut = said.lastIndex { $0.contains("handedOut: look up") }
      let resolved = said.lastIndex { $0.contains(": resolve ") }
      #expect(handedOut == nil || resolved.map { $0 > handedOut ?? 0 } ?? false, "\(said)")
    }
  }
}
