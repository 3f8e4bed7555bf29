internal import Audit
internal import Logging

/// A flood's refusals and replays are answered as they come, and one record tells of all when its time is over. In between their count
/// is in memory, and noted on the disk by the transactions whose answers it counts.
extension LedgerState {
  /// Within a transaction, after its last request. Without a flood it writes nothing.
  func noteFlood() throws(LedgerError) {
    for record in flood.takeGrown() {
      if let note = record.note { try store.setFloodNote(note, record.text(seq: 0, &times)) }
    }
  }

  /// At the start: what an earlier process counted and did not tell waits for the first transaction, which has a look
  /// whether there is space.
  func recallFlood() throws(LedgerError) {
    let notes = try store.floodNotes()
    tell(notes)
    flood.lastNote = notes.map(\.note).reduce(0, max)
  }

  /// Has these records written, but for those that wait to be.
  func tell(_ notes: [(note: Int64, text: [UInt8])]) {
    for (note, text) in notes where !unwritten.contains(where: { $0.note == note }) {
      if let record = AuditRecord(noted: text, as: note) {
        unwritten.append(record)
      } else {
        logger.error("a note of counted refusals can't be read", metadata: ["note": "\(note)"])
      }
    }
  }
}
