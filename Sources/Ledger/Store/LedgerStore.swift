/// Where the ledger's facts lie, as its rules see it: rows of commands and outcomes, limits, records and notes. A store has no
/// rule: it says what is there, and keeps what it is told.
///
/// Used by the ledger's thread alone, from open to close. What is changed is changed within a transaction, unless it says
/// otherwise; what is read is read within one or without.
package protocol LedgerStore: TransactionStore, CommandStore, RecordStore, NoteStore {}

/// Transactions, and the room for them.
package protocol TransactionStore: AnyObject {
  /// - Parameters:
  ///   - pages: that the transaction may write, and that there must be room for; nil = it is for outcomes alone, which have
  ///     theirs.
  ///   - begun: pages for the outcomes of what is in flight: their room stays, whatever happens.
  ///   - requests: in this transaction.
  /// - Throws: `full` where there is no room. Then there is no transaction.
  func begin(reserving pages: Int?, begun: Int, requests: Int) throws(LedgerError)

  /// When this returns, all of the transaction is on the disk, and where the next start looks for it.
  func commit() throws(LedgerError)

  /// Undoes the transaction, where there is one.
  func rollBack()

  /// What a store does when a transaction is over and answered. That there is no room for it is no failure.
  ///
  /// - Parameter begun: as above.
  func tidy(begun: Int) throws(LedgerError)

  /// Whether so many pages can surely be written in this transaction, all that it has written so far included.
  func hasRoom(for pages: Int) throws(LedgerError) -> Bool

  /// Makes what room it can where a transaction has failed.
  func makeRoom() throws(LedgerError)

  /// Whether an idle ledger should make a transaction, for the store's own sake.
  var wantsTransaction: Bool { get }

  /// Before the first request.
  func prepareToServe() throws(LedgerError)

  /// After the last transaction.
  func end() throws(LedgerError)
}

/// Of a store that one process writes: which moments limits stand at, by the limit's key: nanoseconds as `LimitClock` tells them.
package protocol LimitStore: AnyObject {
  func limit(_ key: String) throws(LedgerError) -> Int64?
  func setLimit(_ key: String, to nanoseconds: Int64) throws(LedgerError)
  func moveLimits(by nanoseconds: Int64) throws(LedgerError)
}

/// Values of which a ledger has one each, and notes of what is being counted.
package protocol NoteStore: AnyObject {
  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]?
  /// By itself where there is no transaction.
  func setMeta(_ key: MetaKey, _ value: [UInt8]) throws(LedgerError)
  func setFloodNote(_ note: Int64, _ text: [UInt8]) throws(LedgerError)
  func deleteFloodNote(_ note: Int64) throws(LedgerError)
  func floodNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])]
}
