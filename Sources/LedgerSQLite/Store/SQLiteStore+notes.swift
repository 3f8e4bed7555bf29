internal import Ledger

extension SQLiteStore {
  func limit(_ key: String) throws(LedgerError) -> Int64? {
    statements.readLimit.bind(1, key)
    return try statements.readLimit.first { (row) throws(LedgerError) in row.integer(0) }
  }

  func setLimit(_ key: String, to nanoseconds: Int64) throws(LedgerError) {
    statements.writeLimit.bind(1, key)
    statements.writeLimit.bind(2, nanoseconds)
    try statements.writeLimit.run()
  }

  func moveLimits(by nanoseconds: Int64) throws(LedgerError) {
    statements.moveLimits.bind(1, nanoseconds)
    try statements.moveLimits.run()
  }

  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? {
    statements.readMeta.bind(1, key.rawValue)
    return try statements.readMeta.first { (row) throws(LedgerError) in row.bytes(0) }
  }

  func setMeta(_ key: MetaKey, _ value: [UInt8]) throws(LedgerError) {
    statements.writeMeta.bind(1, key.rawValue)
    statements.writeMeta.bind(2, value)
    try statements.writeMeta.run()
  }

  // What is being folded is noted in `meta`, so that a process which dies leaves its counts: `flood:NUMBER`, a row for each
  // record that is still open, whose value is its text so far, with the number 0.

  func setFloodNote(_ note: Int64, _ text: [UInt8]) throws(LedgerError) {
    statements.writeMeta.bind(1, "flood:\(note)")
    statements.writeMeta.bind(2, text)
    try statements.writeMeta.run()
  }

  func deleteFloodNote(_ note: Int64) throws(LedgerError) {
    statements.deleteMeta.bind(1, "flood:\(note)")
    try statements.deleteMeta.run()
  }

  func floodNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])] {
    var notes: [(note: Int64, text: [UInt8])] = []
    try statements.readFloodNotes.forEach { (row) throws(LedgerError) in
      if let note = Int64(row.string(0).dropFirst("flood:".count)) { notes.append((note, row.bytes(1))) }
      return true
    }
    return notes
  }
}
