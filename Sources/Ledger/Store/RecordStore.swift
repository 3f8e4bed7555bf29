package import Audit
package import EventLoop

/// The audit's rows, and how far its sinks are.
package protocol RecordStore: AnyObject {
  /// - Parameter text: of the record, without `prev` and `hash`.
  func insertRecord(_ text: [UInt8], _ place: AuditChain, _ columns: RecordColumns) throws(LedgerError)
  /// The chain as the rows have it.
  func newestRecord() throws(LedgerError) -> AuditChain
  /// From a number on, oldest first.
  ///
  /// - Parameter body: gets number, text and hash; returns whether it wants the next one.
  func forEachRecord(
    from seq: Int64, limit: Int64, _ body: (Int64, [UInt8], [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError)
  /// The oldest records.
  ///
  /// - Parameter body: gets number, time and hash; returns whether it wants the next one.
  func forEachOldest(
    _ limit: Int64, _ body: (Int64, WallTime, [UInt8]) throws(LedgerError) -> Bool
  ) throws(LedgerError)
  func deleteRecords(through seq: Int64) throws(LedgerError)
  /// Whether one of so many records at either end is a checkpoint.
  func hasCheckpoint(within count: Int64) throws(LedgerError) -> Bool

  /// The newest record that a sink is noted to have; nil = there is no such sink.
  func sinkPosition(_ sink: String) throws(LedgerError) -> Int64?
  /// By itself where there is no transaction.
  func setSinkPosition(_ sink: String, to seq: Int64) throws(LedgerError)
}

/// What a row has beside a record, for queries.
package struct RecordColumns: Sendable {
  package var time: WallTime
  package var team: String?
  package var caller: String?
  package var commandID: String?
  package var decision: String

  package init(
    time: WallTime, team: String? = nil, caller: String? = nil, commandID: String? = nil, decision: String
  ) {
    (self.time, self.team, self.caller) = (time, team, caller)
    (self.commandID, self.decision) = (commandID, decision)
  }
}
