/// What is being folded, noted in `meta` so that a process which dies leaves its counts: `flood:NUMBER`, a row for each
/// record that is still open, whose value is its text so far, with the number 0. The row goes with the transaction that
/// writes the record.
extension LedgerStatements {
  func noteFlood(_ record: AuditRecord) throws(LedgerError) {
    guard let note = record.note else { return }
    writeMeta.bind(1, "flood:\(note)")
    var times = TimeText()
    writeMeta.bind(2, record.text(seq: 0, &times))
    try writeMeta.run()
  }

  func forgetFlood(_ note: Int64) throws(LedgerError) {
    deleteMeta.bind(1, "flood:\(note)")
    try deleteMeta.run()
  }

  /// What an earlier process left.
  func floodNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])] {
    var notes: [(note: Int64, text: [UInt8])] = []
    try readFloodNotes.forEach { (row) throws(LedgerError) in
      if let note = Int64(row.string(0).dropFirst("flood:".count)) { notes.append((note, row.bytes(1))) }
      return true
    }
    return notes
  }
}
