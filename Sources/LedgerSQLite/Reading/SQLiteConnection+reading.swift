internal import Audit
internal import Ledger

extension SQLiteConnection {
  /// One that can write nothing, for looking at a ledger from another process.
  ///
  /// - Parameter isImmutable: nobody changes the file while it is open: it is read without locks, and neither a log nor an
  ///   index of one is looked for or made.
  convenience init(reading path: String, isImmutable: Bool) throws(LedgerError) {
    try self.init(SQLiteLibrary.uri(of: path, "mode=ro\(isImmutable ? "&immutable=1" : "")"), .read)
  }

  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? {
    let read = try statement("SELECT value FROM meta WHERE key = ?1")
    read.bind(1, key.rawValue)
    return try read.first { (row) throws(LedgerError) in row.bytes(0) }
  }

  func auditNotes() throws(LedgerError) -> AuditNotes {
    AuditNotes(anchor: try meta(.anchor), checkpoint: try meta(.checkpoint), head: try meta(.head))
  }
}
