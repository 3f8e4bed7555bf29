import Conference
import EventLoop

@testable import Gateway

/// Where an exchange can stand, and how it comes there.
enum Stand: String, CaseIterable, Sendable {
  case opened, admitting, lookingUp, resolving, sending, noting, backingOff, checking, settling, settlingFound,
    recording, inspecting, asking, passing, passingList, pausing, sifting, closing, closed

  private var way: [Event] {
    switch self {
    case .opened: []
    case .admitting: [.admit]
    case .lookingUp: [.admit, .handedOut]
    case .resolving: [.admit, .handedOut, .found]
    case .sending: [.admit, .admitted]
    case .noting: [.admit, .admitted, .tokenRefused]
    case .backingOff: [.admit, .admitted, .lost]
    case .checking: [.admit, .admitted, .riddle]
    case .settling: [.admit, .admitted, .executed]
    case .settlingFound: [.admit, .admitted, .riddle, .found]
    case .recording: [.refuse]
    case .inspecting: [.inspect]
    case .asking: [.pass]
    case .passing: [.pass, .passed]
    case .passingList: [.passList, .passed]
    case .pausing: [.pass, .passed, .lost]
    case .sifting: [.passList, .passed, .listed]
    case .closing: [.pass, .passed, .executed]
    case .closed: [.answer]
    }
  }

  func machine() throws -> ExchangeStateMachine {
    var machine = ExchangeStateMachine(requestID: "r-1")
    for event in way { _ = try event.tell(&machine) }
    return machine
  }

  /// How the state is called that this is.
  var state: String {
    switch self {
    case .settlingFound: "settling"
    case .passingList: "passing"
    default: rawValue
    }
  }
}

/// Everything that an exchange can be told.
enum Event: String, CaseIterable, Sendable {
  case admit, refuse, inspect, answer, pass, passList
  case admitted, admittedInVain, resumed, resumedInVain, replayed, refused, handedOut, absent, absentTooLate,
    tokenNoted,
    tokenNotedInVain, settled, settledOtherwise, recorded, operation, resolved, passed, passedInVain, visible
  case executed, listed, lost, riddle, tokenRefused, withheld, backoffEnded, found, notThere, unclear
  case deadlinePassed, ledgerIsSilent, abandon

  /// The ledger says it.
  var isAnswer: Bool {
    switch self {
    case .admitted, .admittedInVain, .resumed, .resumedInVain, .replayed, .refused, .handedOut, .absent, .absentTooLate,
      .tokenNoted, .tokenNotedInVain, .settled, .settledOtherwise, .recorded, .operation, .resolved, .passed,
      .passedInVain, .visible:
      true
    default: false
    }
  }

  func tell(_ machine: inout ExchangeStateMachine) throws -> ExchangeEffect {
    let now = Material.start
    let bounds = CommandLife.Bounds(
      attempts: 3, attemptTimeout: .seconds(10), deadline: now + .seconds(30), tokens: [0, 1])
    func ended(_ outcome: AttemptOutcome) -> ExchangeEffect {
      machine.attemptEnded(outcome, at: now, calendar: .now, jitter: 0, mayRetry: { true })
    }
    switch self {
    case .admit: return machine.admit(try Material.asked(), unavailability: { nil }, at: now)
    case .refuse:
      return machine.refuse(.policy([.missing]), try Material.asked().audit.entry)
    case .inspect: return machine.inspect("c-1", team: "support")
    case .answer: return machine.answer(Reply(status: 200))
    case .pass:
      return machine.pass(
        try Material.askedCall("POST", "/v2/conferences/conference-1/actions/join", commandID: "j-1"),
        unavailability: nil)
    case .passList: return machine.pass(try Material.askedCall("GET", "/v2/conferences"), unavailability: nil)
    case .passed, .passedInVain:
      return machine.passed([], note: 7, bounds: bounds, at: now, mayBegin: self == .passed)
    case .visible: return machine.sifted(["conference-1"], at: now)
    case .listed: return ended(Material.list)
    case .admitted, .admittedInVain:
      return machine.admitted([], bounds: bounds, calendar: .now, at: now, mayBegin: self == .admitted)
    case .resumed, .resumedInVain:
      return machine.resumed(
        Material.earlier(), windowLeft: .seconds(20), bounds: bounds, at: now, mayBegin: self == .resumed)
    case .replayed: return machine.replayed(Material.stored, commandID: "c-0")
    case .refused:
      let (refusal, limits) = Material.limited()
      return machine.refused(refusal, limits, at: now)
    case .handedOut: return machine.handedOut(Material.earlier())
    case .absent, .absentTooLate:
      return machine.absent(unavailability: { nil }, at: now, isOverdue: self == .absentTooLate)
    case .tokenNoted, .tokenNotedInVain: return machine.tokenNoted(at: now, mayBegin: self == .tokenNoted)
    case .settled: return machine.settled()
    case .settledOtherwise: return machine.settled(otherwise: true)
    case .recorded: return machine.recorded()
    case .operation: return machine.inspected(nil)
    case .resolved: return machine.answerFault("resolved")
    case .executed: return ended(Material.conference)
    case .lost: return ended(Material.lost)
    case .riddle: return ended(Material.reply(200))
    case .tokenRefused: return ended(Material.reply(401))
    case .withheld: return machine.withheld(at: now)
    case .backoffEnded: return machine.backoffEnded(at: now)
    case .found: return machine.lookedUp(Material.found, at: now)
    case .notThere: return machine.lookedUp(.absent, at: now)
    case .unclear: return machine.lookedUp(.unclear, at: now)
    case .deadlinePassed: return machine.deadlinePassed()
    case .ledgerIsSilent: return machine.ledgerIsSilent()
    case .abandon: return machine.abandon(at: now)
    }
  }
}

extension ExchangeEffect {
  /// The effect in a few words.
  var summary: String {
    switch self {
    case .none: "nothing"
    case .ask(let request, let leaving): request.summary + (leaving ? ", leave" : "")
    case .settle(let settlement): LedgerRequest.settle(settlement).summary
    case .send(_, let token, _, _): "send with token \(token)"
    case .pass(let passing, let token, _, _): "pass \(passing.asked.call.name) with token \(token)"
    case .note(let token, _): "note token \(token)"
    case .cancelSend: "cancel"
    case .backOff: "back off"
    case .lookUp(let command, _): "look up \(command.commandID)"
    case .giveGrace(let leaving): leaving ? "grace, leave" : "grace"
    case .reply(let reply, _): "reply \(reply.status)"
    case .answer(let reply, _): "answer \(reply.status)"
    case .conclude(let settlement, _, _): "conclude \(settlement.reply.status)"
    case .fault(_, true, _): "fault, the end"
    case .fault(_, false, .none): "fault"
    case .fault(_, false, let then): "fault: \(then.summary)"
    }
  }
}

extension LedgerRequest {
  var summary: String {
    switch self {
    case .admit(let admission): "admit \(admission.commandID)"
    case .settle(let settlement): "settle \(settlement.commandID) \(settlement.outcome.summary)"
    case .record(let entry): "record \(entry.status)"
    case .leave: "leave"
    case .inspect(let commandID, _): "inspect \(commandID)"
    case .resolve(let resolution): "resolve \(resolution.commandID) \(resolution.finding.summary)"
    case .noteToken(let token, let commandID): "token \(token.bytes[0]) of \(commandID)"
    case .nextUnknown: "next unknown"
    case .pass(let call): "pass \(call.call.name)"
    case .close(let entry, let note): "close \(note) \(entry.status)"
    case .sift(let question): "sift \(question.conferenceIDs.count)"
    }
  }
}

extension Settlement.Outcome {
  var summary: String {
    switch self {
    case .done: "done"
    case .free: "free"
    case .unknown: "unknown"
    }
  }
}

extension Resolution.Finding {
  var summary: String {
    switch self {
    case .found: "found"
    case .absent: "absent"
    case .unclear: "unclear"
    }
  }
}
