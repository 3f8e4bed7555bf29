package import EventLoop
internal import Gateway

/// Whether a database may be served from: asked at each connection, before anything is promised.
package enum PostgresCheck {
  /// Version 14 and later.
  private static let oldestServer = 140_000

  /// - Parameter keep: how long the configuration wants records to be kept; nil = nobody asks.
  /// - Returns: warnings.
  /// - Throws: kind `settings` where the server could forget what it has acknowledged, or is too old; `schema` where there is
  ///   none of ours, or one that this program can't use.
  package static func run(
    on connection: PostgresConnection, schema: PostgresSchema = .standard, keepingAudit keep: Duration? = nil,
    by deadline: MonotonicTime
  ) throws(PostgresError) -> [String] {
    guard connection.serverVersion >= oldestServer else {
      throw PostgresError(
        .settings, "PostgreSQL 14 is the oldest that will do, and this is \(connection.serverVersion)")
    }
    let names = [
      "fsync", "synchronous_commit", "full_page_writes", "default_transaction_isolation", "synchronous_standby_names",
    ]
    let columns = names.map { "current_setting('\($0)')" }.joined(separator: ", ")
    let result = try connection.run("SELECT \(columns)", by: deadline)
    let allowed = [["on"], ["on", "remote_apply"], ["on"], ["read committed"]]
    for (column, values) in allowed.enumerated() {
      let value = result.text(0, column) ?? ""
      guard values.contains(value) else {
        throw PostgresError(
          .settings, "\(names[column]) is \(value), and must be \(values.joined(separator: " or "))")
      }
    }
    let floor = try checkVersion(connection, schema, deadline)
    var warnings: [String] = []
    if result.text(0, 4) == "" {
      warnings.append(
        "no synchronous standby (synchronous_standby_names is empty): what was acknowledged is lost with this server's disk"
      )
    }
    if let keep, keep < floor {
      warnings.append(
        """
        ledger.keep.audit is \(keep.text), and schema \(schema) keeps records for \(floor.text) at least: its owner can change that, by \
        `convene ledger migrate --keep-audit`
        """)
    }
    return warnings
  }

  /// - Returns: how long records are kept at least.
  private static func checkVersion(
    _ connection: PostgresConnection, _ schema: PostgresSchema, _ deadline: MonotonicTime
  ) throws(PostgresError) -> Duration {
    let meta: PostgresResult
    do throws(PostgresError) {
      meta = try connection.run("SELECT version, oldest_reader, audit_keep_us FROM \(schema).meta_v1()", by: deadline)
    } catch  where error.kind == .schema {
      throw PostgresError(
        .schema, "no schema \(schema) here: `convene ledger migrate` makes it", sqlState: error.sqlState)
    }
    let (version, oldest) = (meta.integer(0, 0) ?? 0, meta.integer(0, 1) ?? .max)
    guard version >= PostgresSchema.version else {
      throw PostgresError(
        .schema,
        "schema \(schema) is of version \(version), older than this program's \(PostgresSchema.version): `convene ledger migrate`"
      )
    }
    guard oldest <= PostgresSchema.version else {
      throw PostgresError(
        .schema,
        "schema \(schema) needs a program that knows version \(oldest), and this one's is \(PostgresSchema.version)")
    }
    return .microseconds(meta.integer(0, 2) ?? 0)
  }
}
