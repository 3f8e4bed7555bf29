internal import Foundation
internal import GRDB

/// What a ledger's file holds, for a test to judge. Nobody may have it open.
package struct LedgerContents: Sendable {
  package struct Record: Sendable {
    package let seq: Int64
    /// JSON text without `prev` and `hash`.
    package let text: [UInt8]
    package let hash: [UInt8]

    package init(seq: Int64, text: [UInt8], hash: [UInt8]) {
      (self.seq, self.text, self.hash) = (seq, text, hash)
    }
  }

  /// The audit, in order.
  package let records: [Record]
  /// By command id: 1 sending, 2 done, 3 unknown.
  package let states: [String: Int]

  package init(path: String) throws {
    // To look at it must not move its log: that is what the next start finds.
    var configuration = Configuration()
    configuration.readonly = true
    let database = try DatabaseQueue(path: path, configuration: configuration)
    (records, states) = try database.read { database in
      let records = try Row.fetchAll(database, sql: "SELECT seq, CAST(record AS BLOB), hash FROM audit ORDER BY seq")
        .map { Record(seq: $0[0], text: [UInt8]($0[1] as Data), hash: [UInt8]($0[2] as Data)) }
      let states = try Row.fetchAll(
        database,
        sql: """
          SELECT command_id, iif(outcomes.id IS NULL, state, 2)
          FROM commands LEFT JOIN outcomes ON outcomes.id = commands.id
          """
      )
      .map { (row: Row) -> (String, Int) in (row[0], row[1]) }
      return (records, Dictionary(uniqueKeysWithValues: states))
    }
    try database.close()
  }
}
