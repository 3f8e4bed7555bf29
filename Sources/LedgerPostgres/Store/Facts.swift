internal import Gateway
internal import JSON
internal import Ledger

/// What was read for a batch, by command id.
struct Facts {
  private var looked: Set<ByteString> = []
  private var facts: [ByteString: Fact] = [:]
  private var keys: [Int64: ByteString] = [:]

  subscript(key: ByteString) -> Fact? { facts[key] }

  /// Whether it was looked for.
  func isKnown(_ key: ByteString) -> Bool { looked.contains(key) }

  /// Of the command in a row, where it was found.
  func key(ofRow row: Int64) -> ByteString? { keys[row] }

  mutating func note(row: Int64, _ key: ByteString) { keys[row] = key }

  /// Those that are there are inserted behind this.
  mutating func noteLooked(_ new: Set<ByteString>) {
    if looked.isEmpty { looked = new } else { looked.formUnion(new) }
    for key in new where !facts.isEmpty { facts[key] = nil }
  }

  mutating func insert(_ fact: Fact) {
    let key = ByteString(fact.command.commandID)
    facts[key] = fact
    keys[fact.command.id] = key
  }

  mutating func removeAll() {
    looked = []
    if !facts.isEmpty { facts.removeAll(keepingCapacity: true) }
    if !keys.isEmpty { keys.removeAll(keepingCapacity: true) }
  }
}
