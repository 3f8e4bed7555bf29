internal import Crypto

/// What a shared ledger's tables hold, for a test to judge.
package struct FleetContents: Sendable {
  package struct Writer: Sendable {
    package let id: Int64
    package let replica: String
    /// Where its chain ends, as its row says.
    package let seq: Int64
    package let hash: [UInt8]
    /// In order.
    package fileprivate(set) var records: [LedgerContents.Record] = []

    package init(id: Int64, replica: String, seq: Int64, hash: [UInt8], records: [LedgerContents.Record] = []) {
      (self.id, self.replica, self.seq, self.hash, self.records) = (id, replica, seq, hash, records)
    }
  }

  /// A command that got another owner.
  package struct Taking: Sendable {
    package let commandID: String
    package let loser: Int64
    package let winner: Int64
    /// Whether the loser was sending it.
    package let wasSending: Bool
    /// Whether it might go on with that: its lease had not ended.
    package let wasHeld: Bool

    package init(commandID: String, loser: Int64, winner: Int64, wasSending: Bool, wasHeld: Bool) {
      (self.commandID, self.loser, self.winner) = (commandID, loser, winner)
      (self.wasSending, self.wasHeld) = (wasSending, wasHeld)
    }
  }

  package private(set) var writers: [Writer] = []
  /// By command id: 1 sending, 2 done, 3 unknown.
  package private(set) var states: [String: Int] = [:]
  package private(set) var takings: [Taking] = []
  /// By command id, those of commands that are done.
  package private(set) var conferences: [String: String] = [:]

  package init(writers: [Writer], states: [String: Int], takings: [Taking], conferences: [String: String]) {
    (self.writers, self.states, self.takings, self.conferences) = (writers, states, takings, conferences)
  }

  init(on server: PostgresServer, schema: String) throws {
    let rows = try server.run(
      """
      SELECT concat_ws('|', 'w', id, replica, seq, encode(hash, 'hex')) FROM \(schema).writers
      UNION ALL SELECT concat_ws('|', 'a', writer, seq, encode(record, 'hex'), encode(hash, 'hex')) FROM \(schema).audit
      UNION ALL SELECT concat_ws('|', 'c', CASE WHEN o.row IS NULL THEN c.state ELSE 2 END, command_id, coalesce(o.conference_id, ''))
        FROM \(schema).commands c LEFT JOIN \(schema).outcomes o ON o.row = c.row
      UNION ALL SELECT concat_ws('|', 't', loser, winner, state, (state = 1 AND lease > at)::int, command_id) FROM \(schema).takings
      """)
    var records: [Int64: [LedgerContents.Record]] = [:]
    for row in rows.split(separator: "\n") {
      let words = row.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
      switch (words[0], words.count) {
      case ("w", 5):
        writers.append(
          Writer(
            id: try Self.number(words[1]), replica: words[2], seq: try Self.number(words[3]),
            hash: try Self.bytes(words[4])))
      case ("a", 5):
        records[try Self.number(words[1]), default: []].append(
          LedgerContents.Record(
            seq: try Self.number(words[2]), text: try Self.bytes(words[3]), hash: try Self.bytes(words[4])))
      case ("c", 4):
        states[words[2]] = Int(try Self.number(words[1]))
        conferences[words[2]] = words[3].isEmpty ? nil : words[3]
      case ("t", 6):
        takings.append(
          Taking(
            commandID: words[5], loser: try Self.number(words[1]), winner: try Self.number(words[2]),
            wasSending: words[3] == "1", wasHeld: words[4] == "1"))
      default: throw Failure("no row of the ledger: \(row)")
      }
    }
    writers.sort { $0.id < $1.id }
    for index in writers.indices {
      writers[index].records = (records.removeValue(forKey: writers[index].id) ?? []).sorted { $0.seq < $1.seq }
    }
    guard records.isEmpty else { throw Failure("records of writers that nobody knows: \(records.keys)") }
  }

  private static func number(_ text: String) throws -> Int64 { try unwrap(Int64(text), "no number: \(text)") }
  private static func bytes(_ text: String) throws -> [UInt8] { try unwrap([UInt8](hex: text), "no bytes: \(text)") }
}
