import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

/// A record of some days, of which the oldest are to be dropped.
struct OldRecord {
  let fleet: RecordedFleet
  let key: SigningKey
  let connection: PostgresConnection

  init() throws {
    fleet = try RecordedFleet()
    key = try #require(RecordedFleet.key)
    _ = try fleet.database.run("UPDATE convene.meta SET audit_keep = '3 days'")
    for days in 1...9 {
      _ = try fleet.database.run(
        """
        DO $$ DECLARE d date := (now() AT TIME ZONE 'UTC')::date - \(days); BEGIN
          EXECUTE format('CREATE TABLE convene.audit_%s PARTITION OF convene.audit FOR VALUES FROM (%L) TO (%L)',
            to_char(d, 'YYYYMMDD'), d || ' 00:00:00+00', d + 1 || ' 00:00:00+00');
        END $$
        """)
    }
    // Whoever runs it is the role that serves.
    connection = try fleet.database.connect()
    _ = try fleet.database.run("ALTER TABLE convene.audit OWNER TO \(fleet.database.owner)")
    for table in try fleet.database.run(
      "SELECT relname FROM pg_class WHERE relname ~ '^audit_[0-9]{8}$' AND relkind = 'r'"
    )
    .split(separator: "\n") {
      _ = try fleet.database.run("ALTER TABLE convene.\(table) OWNER TO \(fleet.database.owner)")
    }
  }
}

protocol RetentionSuite {
  var old: OldRecord { get }
}

extension RetentionSuite {
  var fleet: RecordedFleet { old.fleet }
  var key: SigningKey { old.key }
  var connection: PostgresConnection { old.connection }
  var day: Int64 { 86_400_000_000 }

  func drop(
    keep: Duration = .seconds(86_400), signed: Bool = true, telling: Int64? = nil
  ) throws -> PostgresRetention.Outcome {
    let teller = telling.map {
      PostgresRetention.Teller(writer: $0, organization: "example", time: WallTime(microseconds: now()))
    }
    return try PostgresRetention.run(
      on: connection, keep: keep, signedBy: signed ? key : nil, telling: teller, by: patience)
  }

  func texts(_ sql: String) throws -> [String] {
    try fleet.database.run(sql).split(separator: "\n").map(String.init)
  }

  /// A chain with a few records a day, as vouched for as can be.
  func chain(
    _ writer: Int64, _ replica: String, from days: Int64, to end: Int64 = 0, signing: Bool = true
  ) -> ChainFixture {
    let chain = ChainFixture(writer, replica, clock: noon(daysAgo: days))
    for ago in stride(from: days, through: end, by: -1) {
      chain.clock = ago == 0 ? now() : noon(daysAgo: ago)
      chain.record(3)
      if signing { chain.checkpoint(key) }
    }
    return chain
  }

  /// Of a day of the record: whatever time it is now, none of that day's records lies in another one's table.
  private func noon(daysAgo: Int64) -> Int64 { now() / day * day - daysAgo * day + day / 2 }

  var days: Int {
    get throws {
      Int(try fleet.database.run("SELECT count(*) FROM pg_inherits WHERE inhparent = 'convene.audit'::regclass")) ?? 0
    }
  }

  /// As the replica notes it.
  func deliver(_ chain: ChainFixture, through seq: Int64) throws {
    _ = try fleet.database.run(
      "UPDATE convene.notes SET value = '\(seq)' WHERE writer = \(chain.writer) AND key = 'delivered'")
  }

  /// As if nobody had heard of the replica for so long.
  func lose(_ chain: ChainFixture, days: Int, isClosed: Bool = true) throws {
    _ = try fleet.database.run(
      """
      UPDATE convene.writers SET lease = now() - interval '\(days) days', closed = \(isClosed) WHERE id = \(chain.writer)
      """)
  }
}
