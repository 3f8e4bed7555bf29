internal import EventLoop

/// Where an exchange stands, each with what is known there and nothing else.
enum ExchangeState {
  case opened
  /// The ledger was asked whether the command may be sent; perhaps it waits there for another request's outcome.
  case admitting(AskedCommand, since: MonotonicTime)
  /// The command was sent by an earlier request, too long ago to be sent again: Telnyx is asked what became of it.
  case lookingUp(AskedCommand)
  /// What was found is on its way to the ledger.
  case resolving(AskedCommand)
  case sending(Sending, token: Int)
  /// Telnyx has refused a token: that another one may send it is on its way to the disk.
  case noting(Sending)
  case backingOff(Sending)
  /// Telnyx's answer was a riddle: before the caller is told that nobody knows, Telnyx is asked.
  indirect case checking(Sending, CommandLife.Verdict)
  /// The outcome is on its way to the disk.
  case settling(Settlement, AskedCommand)
  /// A refusal is on its way to the disk.
  indirect case recording(Reply)
  case inspecting
  /// The ledger was asked whether another call than a create may be passed on.
  case asking(AskedCall)
  case passing(Passing, token: Int)
  case pausing(Passing)
  /// A list is here, and the ledger was asked which of its rows the team may see.
  case sifting(Passing)
  /// That a call was passed on, and what came of it, is on its way to the disk.
  indirect case closing(Reply, of: Passing)
  case closed

  /// The command that it is about, once the ledger was asked.
  var asked: AskedCommand? {
    switch self {
    case .admitting(let asked, _), .lookingUp(let asked), .resolving(let asked), .settling(_, let asked): asked
    case .sending(let sending, _), .noting(let sending), .backingOff(let sending), .checking(let sending, _):
      sending.asked
    case .opened, .recording, .inspecting, .asking, .passing, .pausing, .sifting, .closing, .closed: nil
    }
  }

  /// For the log.
  var name: String {
    switch self {
    case .opened: "opened"
    case .admitting: "admitting"
    case .lookingUp: "lookingUp"
    case .resolving: "resolving"
    case .sending: "sending"
    case .noting: "noting"
    case .backingOff: "backingOff"
    case .checking: "checking"
    case .settling: "settling"
    case .recording: "recording"
    case .inspecting: "inspecting"
    case .asking: "asking"
    case .passing: "passing"
    case .pausing: "pausing"
    case .sifting: "sifting"
    case .closing: "closing"
    case .closed: "closed"
    }
  }
}
