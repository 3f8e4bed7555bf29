internal import EventLoop
internal import Ledger

/// What keeps this process alive in the others' eyes, and what one does for all.
extension PostgresStore {
  private static let careInterval: Duration = .seconds(60)
  private static let daysAhead: Int32 = 7

  func keepUp() throws(LedgerError) {
    beginBatch()
    let asked = lease.ask()
    do throws(PostgresError) {
      do throws(PostgresError) {
        replicas = try session.renew(oldest: sending.oldest(), by: batchDeadline())
      } catch  where !session.isConnected && MonotonicTime.now < batchDeadline() {
        // A connection that ended while nobody used it.
        replicas = try session.renew(oldest: sending.oldest(), by: batchDeadline())
      }
    } catch {
      throw LedgerError(error)
    }
    noteAlive(asked: asked)
    upkeepDue = .now + session.settings.lease * 3 / 10
    if MonotonicTime.now >= partitionsDue { try extendAudit() }
    try readClock()
    beginBatch()
  }

  func takesCare() throws(LedgerError) -> Bool {
    guard MonotonicTime.now >= careDue else { return false }
    careDue = .now + Self.careInterval
    return try read("is_first_v1", session.writer).boolean(0, 0) ?? false
  }

  /// Makes the partitions of the next days, some days before they are needed.
  private func extendAudit() throws(LedgerError) {
    var parameters = PostgresParameters()
    parameters.append(Self.daysAhead)
    _ = try read("extend_audit_v1", parameters)
    partitionsDue = .now + .seconds(3600)
  }

  func readClock() throws(LedgerError) {
    let asked = clock.ask()
    var parameters = PostgresParameters()
    parameters.append(Int32(0))
    try note(clock: try read("clock_v1", parameters), asked: asked)
  }

  func note(clock row: PostgresResult, asked: Int64) throws(LedgerError) {
    guard let at = row.integer(0, 0), let era = row.integer(0, 1) else {
      throw LedgerError(.failed, "the database doesn't say what time it is")
    }
    clock.note(at: at, era: era, asked: asked)
    if let rows = row.integers(0, 2) { addFreeRows(rows.compactMap(\.self)) }
  }
}
