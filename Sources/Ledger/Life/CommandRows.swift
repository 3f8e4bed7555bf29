internal import Audit
internal import EventLoop

/// The numbers of commands' rows: always growing, so that rows lie in the order of their first send, and a row that is
/// deleted leaves nothing to be taken for another one's.
struct CommandRows {
  /// The note may lag by this, since each one costs a page of the log.
  private static let notingInterval: Duration = .seconds(1)

  /// The newest command's. The next one gets the next number.
  var last: Int64
  /// A row before the last note is being sent again.
  var mustNote = false
  private var noted: InFlightNote?
  private var notingDue = MonotonicTime.now

  init(last: Int64) { self.last = last }

  /// - Parameters:
  ///   - isClosing: it is the last chance.
  ///   - sending: the rows of what is being sent.
  /// - Returns: what is to be noted now, if anything.
  mutating func takeNote(at now: MonotonicTime, isClosing: Bool, sending: () -> [Int64]) -> InFlightNote? {
    guard mustNote || isClosing || now >= notingDue else { return nil }
    mustNote = false
    notingDue = now + Self.notingInterval
    let note = InFlightNote(last: last, rows: sending())
    guard note != noted else { return nil }
    noted = note
    return note
  }
}

extension LedgerState {
  /// Notes what is being sent, where that is due. Within a transaction, after its last request.
  func noteInFlight() throws(LedgerError) {
    let note = rows.takeNote(at: .now, isClosing: checkpoints.isClosing) { inFlight.sending.map(\.id) }
    if let note { try store.setMeta(.inFlight, note.text) }
  }
}
