internal import EventLoop
internal import Ledger

/// A transaction is what is written until it is committed.
extension PostgresStore {
  func begin(reserving pages: Int?, begun: Int, requests: Int) throws(LedgerError) {
    guard doubtful == nil else { throw LedgerError(.unreachable, "the last transaction is in doubt") }
  }

  func commit() throws(LedgerError) {
    guard !buffer.isEmpty else { return forgetBatch() }
    let batch = session.committed + 1
    let asked = lease.ask()
    do throws(PostgresError) {
      do throws(PostgresError) {
        return try write(as: batch, strict: true, by: batchDeadline(), asked: asked)
      } catch  where error.kind == .outcomeUnknown {
        try findOut(batch, asked: asked, error)
      }
      if session.committed < batch { try write(as: batch, strict: true, by: batchDeadline(), asked: lease.ask()) }
    } catch {
      if error.kind == .outcomeUnknown { try doubt(batch, asked: asked, error) }
      throw LedgerError(error)
    }
  }

  /// The new connection's fence says whether a batch is committed.
  ///
  /// - Throws: `outcomeUnknown` where nobody says.
  private func findOut(_ batch: Int64, asked: Int64, _ cause: PostgresError) throws(PostgresError) {
    do throws(PostgresError) {
      try session.connect(by: batchDeadline())
    } catch {
      throw [.fenced, .forgotten].contains(error.kind) ? error : cause
    }
    if session.committed >= batch { committed(batch, asked: asked) }
  }

  private func doubt(_ batch: Int64, asked: Int64, _ cause: PostgresError) throws(LedgerError) {
    (doubtful, doubtAsked) = (batch, asked)
    throw LedgerError(.inDoubt, "nobody knows whether a transaction is committed: \(cause)", reason: cause.reason)
  }

  private func write(as batch: Int64, strict: Bool, by deadline: MonotonicTime, asked: Int64) throws(PostgresError) {
    try session.write(buffer, as: batch, strict: strict, oldest: oldestSending(), by: deadline)
    committed(batch, asked: asked)
  }

  /// Of all that is being sent once the buffer is committed.
  private func oldestSending() -> Int64? {
    let oldest = sending.oldest(without: buffer.ended)
    guard let new = buffer.begun.lazy.map(\.row).min() else { return oldest }
    return min(oldest ?? new, new)
  }

  private func committed(_ batch: Int64, asked: Int64) {
    session.noteCommitted(batch)
    noteAlive(asked: asked)
    for (row, name) in buffer.begun { sending.insert(row, name: name) }
    for row in buffer.ended { sending.remove(row) }
    for (key, value) in changedNotes { notes[key] = value }
    charges.commit()
    doubtful = nil
    forgetBatch()
  }

  private func forgetBatch() {
    buffer.removeAll()
    changed.removeAll(keepingCapacity: true)
    changedNotes.removeAll(keepingCapacity: true)
    facts.removeAll()
    beginBatch()
  }

  func rollBack() {
    charges.rollBack()
    forgetBatch()
  }

  func tidy(begun: Int) throws(LedgerError) {}
  func hasRoom(for pages: Int) throws(LedgerError) -> Bool { true }
  var wantsTransaction: Bool { false }
  func prepareToServe() throws(LedgerError) { beginServing() }

  /// After a failure: is there a connection again, and what became of the transaction that was in doubt?
  func makeRoom() throws(LedgerError) {
    beginBatch()
    do throws(PostgresError) {
      try session.connect(by: batchDeadline())
      guard let batch = doubtful else { return beginBatch() }
      // What others were sooner with meanwhile has no effect any more; who it was for is told so when it is looked at.
      if session.committed >= batch {
        // When, is not known; it was not before it was asked for.
        committed(batch, asked: doubtAsked)
      } else {
        try write(as: batch, strict: false, by: batchDeadline(), asked: lease.ask())
      }
    } catch {
      throw LedgerError(error)
    }
  }

  func end() throws(LedgerError) { session.close(by: .now + .seconds(1)) }
}
