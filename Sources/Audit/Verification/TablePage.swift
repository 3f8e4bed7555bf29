package import EventLoop

/// Some rows of a ledger's table, oldest first, and what was noted of the audit at the same moment.
package struct TablePage {
  package struct Row {
    let seq: Int64
    let record: [UInt8]
    let hash: [UInt8]
    let time: WallTime
    let columnsAgree: Bool

    /// - Parameters:
    ///   - record: without `prev` and `hash`.
    ///   - time: the column's.
    ///   - columnsAgree: whether the other columns say what the record says.
    package init(seq: Int64, record: [UInt8], hash: [UInt8], time: WallTime, columnsAgree: Bool) {
      self.seq = seq
      self.record = record
      self.hash = hash
      self.time = time
      self.columnsAgree = columnsAgree
    }
  }

  package let rows: [Row]
  package let notes: AuditNotes

  package init(rows: [Row], notes: AuditNotes) {
    self.rows = rows
    self.notes = notes
  }
}
