internal import EventLoop

/// What the pipeline is to do for an exchange: what `ExchangeStateMachine` answers to an event.
enum ExchangeEffect {
  case none
  /// Ask the ledger to admit, record, resolve or inspect.
  ///
  /// - leaving: and not to wait there for another request's outcome.
  case ask(LedgerRequest, leaving: Bool = false)
  /// Put the outcome on the record. Nobody hears of it before it is there.
  case settle(Settlement)
  case send(Sending, token: Int, timeout: Duration, notAfter: MonotonicTime?)
  /// Another call than a create.
  case pass(Passing, token: Int, timeout: Duration, notAfter: MonotonicTime?)
  /// Ask the ledger to note that this token may send it.
  case note(token: Int, commandID: String)
  /// End the attempt that is under way. Its outcome follows.
  case cancelSend
  /// Say `backoffEnded` then.
  case backOff(until: MonotonicTime)
  /// Ask Telnyx what became of the command, then say `lookedUp`.
  ///
  /// - token: with which it was sent; nil = as the command says.
  case lookUp(UnknownCommand, token: Int? = nil)
  /// The deadline has passed: give the ledger a little longer, then say `ledgerIsSilent`.
  ///
  /// - leaving: and let it wait for no other request's outcome.
  case giveGrace(leaving: Bool)
  /// Answer now. The exchange stays open: whatever the ledger says at last must still be dealt with.
  case reply(Reply, about: AskedCommand?)
  /// Answer, and close: nothing more will come for this exchange.
  case answer(Reply, about: AskedCommand?)
  /// The outcome is on the record: answer with its reply, and close.
  ///
  /// - isNews: only the ledger could say which of two outcomes it is.
  case conclude(Settlement, of: AskedCommand, isNews: Bool)
  /// Log it, answer 500, and close where that is the end. Else what is under way ends as it does, and is dealt with then.
  ///
  /// - then: what is to be done all the same.
  indirect case fault(ExchangeFault, isEnd: Bool, then: ExchangeEffect = .none)
}
