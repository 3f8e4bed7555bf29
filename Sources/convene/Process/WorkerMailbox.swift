internal import EventLoop
internal import Gateway
internal import Metrics

/// What other threads can tell a worker.
enum WorkerMessage: Sendable {
  case ledger([AddressedLedgerAnswer])
  /// What requests begin with from now on.
  case adopt(GatewaySnapshot, Adoption)
  /// The configuration was read anew, or could not be, for all who asked for it up to a number.
  case reloaded(ReloadReport, upTo: Int)
  /// The page of metrics that it has asked for.
  case exposed([UInt8], ExpositionFormat)
  /// The end is near: no longer ready, but everything goes on.
  case announceStop
  /// Accept nothing more, send nothing new, end when all is answered.
  case drain
  /// End what is on its way.
  case abandon
  /// End now.
  case exit
  /// Say that the loop turns.
  case beat
}

/// A worker's mailbox: the ledger's answers and the process's orders arrive through it.
final class WorkerMailbox: LedgerAnswerReceiving {
  let box: Mailbox<WorkerMessage>

  init() throws(SystemError) { box = try Mailbox() }

  func receive(_ answers: [AddressedLedgerAnswer]) { box.post(.ledger(answers)) }
}
