package import EventLoop

/// A shared ledger at one moment, by the database's clock: `convene ledger status`.
package struct PostgresStatus: Sendable {
  /// A replica's last process.
  package struct Replica: Sendable {
    package let name: String
    package let writer: Int64
    package let lives: Bool
    /// Until its lease ends; less than zero: since then.
    package let lease: Duration
    /// Microseconds since 1970.
    package let begun: Int64
    /// In its chain so far.
    package let records: Int64
    package let sending: Backlog
    package let unknown: Backlog
  }

  /// Commands without an outcome.
  package struct Backlog: Sendable, Equatable {
    package var count: Int64 = 0
    /// Of the one that was sent first; nil where there are none.
    package var age: Duration?

    package init(count: Int64 = 0, age: Duration? = nil) { (self.count, self.age) = (count, age) }
  }

  /// A server that gets the log of this one.
  package struct Standby: Sendable {
    package let name: String
    /// `sync`, `quorum`, `potential` or `async` (PostgreSQL, "pg_stat_replication").
    package let synchrony: String
    /// How much of the log, in bytes, it has not written to its disk yet.
    package let lag: Int64?
  }

  /// As `15.18`.
  package let server: String
  package let schemaVersion: Int64
  /// How long records are kept at least.
  package let keepsAudit: Duration
  package let warnings: [String]
  package let replicas: [Replica]
  /// nil = this role may not see them.
  package let standbys: [Standby]?

  package var sending: Backlog { Self.sum(replicas.map(\.sending)) }
  package var unknown: Backlog { Self.sum(replicas.map(\.unknown)) }

  private static func sum(_ parts: [Backlog]) -> Backlog {
    Backlog(count: parts.reduce(0) { $0 + $1.count }, age: parts.compactMap(\.age).max())
  }

  /// - Throws: also where there is nothing that could be served from, as `PostgresCheck` says.
  package init(
    on connection: PostgresConnection, schema: PostgresSchema, by deadline: MonotonicTime
  ) throws(PostgresError) {
    warnings = try PostgresCheck.run(on: connection, schema: schema, by: deadline)
    let answers = try connection.run(
      [
        .sql("SELECT version, audit_keep_us FROM \(schema).meta_v1()"),
        .sql(
          """
          SELECT replica, writer, lives, lease_us, begun, records, sending, sending_age_us, unknown, unknown_age_us
          FROM \(schema).status_v1()
          """),
        // A role without the right to see them is told that there are some, and NULL of all else.
        .sql(
          """
          SELECT application_name, sync_state, pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn)::bigint
          FROM pg_stat_replication ORDER BY application_name, pid
          """),
      ], by: deadline)
    let (major, minor) = (connection.serverVersion / 10_000, connection.serverVersion % 10_000)
    server = "\(major).\(minor)"
    let meta = try answers[0].get()
    schemaVersion = meta.integer(0, 0) ?? 0
    keepsAudit = .microseconds(meta.integer(0, 1) ?? 0)
    let rows = try answers[1].get()
    replicas = (0..<rows.rows).map { row in
      func duration(_ column: Int) -> Duration? { rows.integer(row, column).map { .microseconds($0) } }
      return Replica(
        name: rows.text(row, 0) ?? "", writer: rows.integer(row, 1) ?? 0, lives: rows.boolean(row, 2) ?? false,
        lease: duration(3) ?? .zero, begun: rows.integer(row, 4) ?? 0, records: rows.integer(row, 5) ?? 0,
        sending: Backlog(count: rows.integer(row, 6) ?? 0, age: duration(7)),
        unknown: Backlog(count: rows.integer(row, 8) ?? 0, age: duration(9)))
    }
    let others = try answers[2].get()
    var standbys: [Standby]? = []
    for row in 0..<others.rows {
      guard let synchrony = others.text(row, 1) else {
        standbys = nil
        break
      }
      standbys?.append(
        Standby(name: others.text(row, 0) ?? "", synchrony: synchrony, lag: others.integer(row, 2)))
    }
    self.standbys = standbys
  }
}
