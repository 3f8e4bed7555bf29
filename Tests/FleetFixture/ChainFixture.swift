package import Audit
package import Crypto
package import EventLoop
internal import Gateway

/// A chain as a writer of a shared ledger makes it, for tests of what follows chains.
package final class ChainFixture {
  package struct Row {
    package var record: StoredRecord
    package var time: WallTime
    package var team: String?
    package var caller: String?
    package var commandID: String?
    package var decision: String
  }

  package let writer: Int64
  package let replica: String
  package private(set) var rows: [Row] = []
  /// Microseconds of the next record.
  package var clock: Int64
  private var chain = AuditChain.start
  private var times = TimeText()

  package init(_ writer: Int64, _ replica: String, after predecessor: WriterPlace? = nil, clock: Int64) {
    (self.writer, self.replica, self.clock) = (writer, replica, clock)
    let start = ChainStart(writer: writer, replica: replica, predecessor: predecessor)
    append(start.record(time: WallTime(microseconds: clock), organization: "example"), decision: "chain")
  }

  /// Where it ends.
  package var end: WriterPlace { WriterPlace(writer: writer, chain) }
  package var head: FleetHeads.Head {
    FleetHeads.Head(writer: writer, replica: replica, seq: chain.seq, hash: chain.hash)
  }

  package func record(_ count: Int = 1, team: String = "support", every microseconds: Int64 = 1000) {
    for _ in 0..<count {
      var entry = AuditEntry(
        organization: "example", peer: "10.0.0.1:1", requestID: "r-\(writer)-\(chain.seq + 1)", received: .now,
        configuration: "c", decision: .refused)
      (entry.team, entry.caller, entry.commandID) = (team, "dialer", "c-\(writer)-\(chain.seq + 1)")
      let record = AuditRecord(entry: entry, time: WallTime(microseconds: clock))
      append(
        record.text(seq: chain.seq + 1, &times), team: team, caller: entry.caller, commandID: entry.commandID,
        decision: "refused")
      clock += microseconds
    }
  }

  package func checkpoint(_ key: SigningKey) {
    let mark = ChainMark(.checkpoint, of: chain, signedBy: key)
    append(mark.record(seq: chain.seq + 1, time: WallTime(microseconds: clock)), decision: "checkpoint")
  }

  package func list(_ heads: [FleetHeads.Head], _ key: SigningKey?) {
    let list = FleetHeads(in: end, naming: heads, signedBy: key)
    append(list.record(time: WallTime(microseconds: clock), organization: "example"), decision: "heads")
  }

  package func append(
    _ text: [UInt8], team: String? = nil, caller: String? = nil, commandID: String? = nil, decision: String
  ) {
    let previous = chain.hash
    chain.append(text)
    let record = StoredRecord(seq: chain.seq, record: text, previous: previous, hash: chain.hash)
    rows.append(
      Row(
        record: record, time: WallTime(microseconds: clock), team: team, caller: caller, commandID: commandID,
        decision: decision))
  }

  /// As a sink has them.
  package var lines: [[UInt8]] { rows.map(\.record.line) }
}
