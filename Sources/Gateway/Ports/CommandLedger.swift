package import Conference
internal import EventLoop

/// The durable memory: the one place where what all requests share is changed, by one thread, a batch a transaction.
///
/// A port. Nothing here blocks: a request is queued, and its answer is delivered on the ledger's thread once the
/// transaction that holds it is committed.
package protocol CommandLedger: AnyObject, Sendable {
  /// Queues requests, in their order. Each one's answer goes to `recipient` with the same exchange; `leave` alone may
  /// have none.
  func submit(_ requests: [AddressedLedgerRequest], to recipient: any LedgerAnswerReceiving)

  /// Why it takes no new command; nil where it does, as far as it knows. Asked on any thread.
  var unavailability: LedgerUnavailability? { get }

  /// Whether what was admitted under that lease may be sent. Not where other replicas may have taken this process for gone: asked
  /// before each send, as it may have stood still since the last one.
  func mayStillSend(under lease: UInt64) -> Bool

  /// The secret under which the audit names call-control ids and client states. Made once for a ledger, kept in it.
  var pseudonymKey: [UInt8] { get }
}

extension CommandLedger {
  // What one process has for itself stays its own.

  package func mayStillSend(under lease: UInt64) -> Bool { true }

  /// Queues one request.
  package func submit(
    _ request: LedgerRequest, for exchange: ExchangeID, to recipient: any LedgerAnswerReceiving
  ) {
    submit([AddressedLedgerRequest(exchange: exchange, request: request)], to: recipient)
  }
}

/// A worker's mailbox, as the ledger sees it.
package protocol LedgerAnswerReceiving: AnyObject, Sendable {
  /// Takes all of one batch's answers for this worker, in order. Must not block. Called on the ledger's thread; where
  /// the ledger's queue is full or closed, on the submitter's, before `submit` returns.
  func receive(_ answers: [AddressedLedgerAnswer])
}

/// Which request of a worker an answer is for. Never used twice in a worker's life.
package struct ExchangeID: Hashable, Sendable {
  package let number: UInt64

  package init(number: UInt64) { self.number = number }
}

package struct AddressedLedgerRequest: Sendable {
  package let exchange: ExchangeID
  package let request: LedgerRequest

  package init(exchange: ExchangeID, request: LedgerRequest) {
    self.exchange = exchange
    self.request = request
  }
}

package struct AddressedLedgerAnswer: Sendable {
  package let exchange: ExchangeID
  package let answer: LedgerAnswer
  /// Under which lease it was given: see `mayStillSend`. It comes with the answer, as there may be another one when that is read.
  package var lease: UInt64

  package init(exchange: ExchangeID, answer: LedgerAnswer, lease: UInt64 = 0) {
    self.exchange = exchange
    self.answer = answer
    self.lease = lease
  }
}

/// What is large and not asked with each request lies in a box: the others then are two words, and are copied as such.
package enum LedgerRequest: Sendable {
  /// May this command be sent? Decided once and durably: replay, conflict, in flight, limited or admitted.
  case admit(Admission)
  /// The outcome of a command that was admitted or resumed.
  case settle(Settlement)
  /// A refusal that needed no ledger, for the audit.
  indirect case record(AuditEntry)
  /// A duplicate that waits for another request's outcome has reached its deadline. Answered with a refusal (409) if it
  /// still waits; otherwise its answer is already on the way and this is ignored.
  case leave
  /// From now on another token may send a command that is being sent. Answered with `tokenNoted`, or with a refusal where the
  /// ledger can't be written: then that one must not.
  indirect case noteToken(TokenDigest, commandID: String)
  /// What became of a command. Answered with `operation`, or with a refusal where the ledger can't tell.
  case inspect(commandID: String, team: String)
  /// What Telnyx was found to know of a command of unknown outcome that the ledger handed out (`reconcile`).
  indirect case resolve(Resolution)
  /// A command of unknown outcome to look up, if there is one: what an earlier process left, or what nobody repeats.
  case nextUnknown
  /// May another call than a create be passed on? Answered with `passed`, or with a refusal, which is on the record then.
  case pass(CallAdmission)
  /// What came of a call that was passed on, for the audit. Answered with `recorded`.
  ///
  /// - note: as `passed` said.
  indirect case close(AuditEntry, note: Int64)
  /// Which of these conferences may be seen? Answered with `visible`, or with a refusal where the ledger can't tell.
  case sift(ConferenceQuestion)
}

/// Boxed as requests are.
package enum LedgerAnswer: Sendable {
  /// The intent is durable and the limits are charged: send.
  case admitted([LimitStatus])
  /// The command was sent before, its outcome is unknown, and it may be sent again for so long after it was asked for: send
  /// exactly its bytes, and settle it under its id. That differs from the one that was asked for where an SDK's retry joined
  /// the command it repeats.
  indirect case resume(UnknownCommand, windowLeft: Duration)
  /// The command is done, or another request for it has just been answered; this was the reply. The id as in `resume`.
  indirect case replayed(StoredReply, commandID: String)
  /// The ledger refused and put the refusal on the record: conflict, in flight, limited, upstream down, can't write.
  indirect case refused(Refusal, [LimitStatus])
  /// The command's outcome is unknown and it must not be sent again: find out at Telnyx, then `resolve` it. Until then
  /// duplicates wait.
  indirect case reconcile(UnknownCommand)
  /// The command was not executed and is forgotten: ask again, as for a new one.
  case absent
  /// A resolution without a caller is on the record.
  case resolved
  /// No command is to be looked up now.
  case nothingUnknown
  case tokenNoted
  case settled
  /// What was found is another command's conference: settled as the settlement says for that (`otherwise`).
  case settledOtherwise
  case recorded
  indirect case operation(Operation?)
  /// It may be passed on: with this token, if it is known which one made the conference. What changes something is noted
  /// durably by then, under a number; 0 = it is not.
  case passed(TokenDigest?, note: Int64, [LimitStatus])
  case visible([String])
}
