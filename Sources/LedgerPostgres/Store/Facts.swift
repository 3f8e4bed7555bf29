internal import Gateway
internal import JSON
internal import Ledger

/// What was read for a batch, by command id.
struct Facts {
  /// nil = there is none.
  private var facts: [ByteString: Fact?] = [:]
  private var keys: [Int64: ByteString] = [:]

  subscript(key: ByteString) -> Fact? { facts[key] ?? nil }

  /// Whether it was looked for.
  func isKnown(_ key: ByteString) -> Bool { facts[key] != nil }

  /// Of the command in a row, where it was found.
  func key(ofRow row: Int64) -> ByteString? { keys[row] }

  mutating func note(row: Int64, _ key: ByteString) { keys[row] = key }

  mutating func noteAbsent(_ key: ByteString) { facts[key] = .some(nil) }

  mutating func insert(_ fact: Fact) {
    let key = ByteString(fact.command.commandID)
    facts[key] = fact
    keys[fact.command.id] = key
  }

  mutating func removeAll() {
    facts.removeAll(keepingCapacity: true)
    keys.removeAll(keepingCapacity: true)
  }
}
