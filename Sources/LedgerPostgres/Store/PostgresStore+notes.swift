internal import Ledger

extension PostgresStore {
  func note(_ key: String) -> [UInt8]? { changedNotes[key] ?? notes[key] }

  func set(_ key: String, _ value: [UInt8]?) throws(LedgerError) {
    buffer.note(key, value)
    changedNotes[key] = .some(value)
  }

  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? {
    if key == .pseudonymKey { return pseudonymKey }
    return note(key.rawValue)
  }

  func setMeta(_ key: MetaKey, _ value: [UInt8]) throws(LedgerError) {
    // What is in flight stands in the writer's row.
    guard key != .inFlight else { return }
    try set(key.rawValue, value)
  }

  func setFloodNote(_ note: Int64, _ text: [UInt8]) throws(LedgerError) { try set("flood:\(note)", text) }
  func deleteFloodNote(_ note: Int64) throws(LedgerError) { try set("flood:\(note)", nil) }

  func floodNotes() throws(LedgerError) -> [(note: Int64, text: [UInt8])] {
    notes.compactMap { key, text in
      key.hasPrefix("flood:") ? Int64(key.dropFirst(6)).map { (note: $0, text: text) } : nil
    }
    .sorted { $0.note < $1.note }
  }
}
