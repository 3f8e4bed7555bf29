package import EventLoop

/// A command as it leaves a ledger for another one.
package struct ImportedCommand: Sendable {
  package var command: StoredCommand
  /// The conference's.
  package var name: String
  package var region: String?
  package var sent: SentCommand
  /// nil = it has none yet.
  package var outcome: Outcome?

  package struct Outcome: Sendable {
    package var settled: WallTime
    package var conferenceID: String?
    package var status: Int64
    /// `StoredReply.encodedFields`.
    package var fields: [UInt8]
    package var body: [UInt8]

    package init(settled: WallTime, conferenceID: String?, status: Int64, fields: [UInt8], body: [UInt8]) {
      (self.settled, self.conferenceID, self.status) = (settled, conferenceID, status)
      (self.fields, self.body) = (fields, body)
    }
  }

  package init(
    _ command: StoredCommand, name: String, region: String?, sent: SentCommand, outcome: Outcome?
  ) {
    (self.command, self.name, self.region) = (command, name, region)
    (self.sent, self.outcome) = (sent, outcome)
  }

  /// About how much memory it takes up.
  package var bytes: Int { 512 + sent.body.count + (outcome.map { $0.fields.count + $0.body.count } ?? 0) }
}

/// A record as it leaves a ledger for another one: byte for byte, with the number and the hash that it had.
package struct ImportedRecord: Sendable {
  package var seq: Int64
  package var record: [UInt8]
  package var hash: [UInt8]
  package var columns: RecordColumns

  package init(seq: Int64, record: [UInt8], hash: [UInt8], columns: RecordColumns) {
    (self.seq, self.record, self.hash, self.columns) = (seq, record, hash, columns)
  }
}
