package import EventLoop

/// Makes the schema, or brings it to this program's version: `convene ledger migrate`, as the role that is to own it.
///
/// All in one transaction, and one at a time: the lock is the transaction's, so that it also works behind a pooler, and ends
/// with it, however it ends. What is up to date stays as it is.
package enum PostgresMigration {
  /// - Parameters:
  ///   - serving: the role that `serve` has: it may call our functions and nothing else.
  ///   - auditing: the role that reads the record, and may do nothing else; nil = none is named now, and whichever was stays.
  ///   - keep: how long records are kept at least, a day or more; nil = as long as before, 90 days at first.
  /// - Returns: the version found, 0 for none, and the one that there is now.
  /// - Throws: kind `schema` where the schema is newer than this program; `permission` where the role may not.
  @discardableResult
  package static func run(
    on connection: PostgresConnection, schema: PostgresSchema = .standard, serving: String, auditing: String? = nil,
    keepingAudit keep: Duration? = nil, by deadline: MonotonicTime
  ) throws(PostgresError) -> (before: Int64, after: Int64) {
    do throws(PostgresError) {
      let found = try migrate(connection, schema, serving, auditing, keep, deadline)
      _ = try connection.run("COMMIT", by: deadline)
      return (found, PostgresSchema.version)
    } catch {
      if connection.isUsable { _ = try? connection.run("ROLLBACK", by: deadline) }
      throw error
    }
  }

  private static func migrate(
    _ connection: PostgresConnection, _ schema: PostgresSchema, _ serving: String, _ auditing: String?,
    _ keep: Duration?, _ deadline: MonotonicTime
  ) throws(PostgresError) -> Int64 {
    _ = try connection.run("BEGIN ISOLATION LEVEL READ COMMITTED", by: deadline)
    var name = PostgresParameters()
    name.append("convene.migrate.\(schema)")
    _ = try connection.run("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name, by: deadline)
    let found = try version(connection, schema, deadline)
    guard found <= PostgresSchema.version else {
      throw PostgresError(
        .schema,
        "schema \(schema) is of version \(found), and this program knows no later one than \(PostgresSchema.version)")
    }
    if found == 0 { _ = try connection.run("CREATE SCHEMA \(schema)", by: deadline) }
    for statement in PostgresSchema.migrations.dropFirst(Int(found)).joined() {
      _ = try connection.run(schema.fill(statement), by: deadline)
    }
    if found == 0 {
      _ = try connection.run(
        "INSERT INTO \(schema).meta (version, oldest_reader) VALUES (\(PostgresSchema.version), 1)", by: deadline)
    } else if found < PostgresSchema.version {
      _ = try connection.run("UPDATE \(schema).meta SET version = \(PostgresSchema.version)", by: deadline)
    }
    if let keep {
      var parameters = PostgresParameters()
      parameters.append(keep.microseconds)
      _ = try connection.run(
        "UPDATE \(schema).meta SET audit_keep = $1 * interval '1 us'", parameters, by: deadline)
    }
    try grant(connection, schema, serving, auditing, deadline)
    _ = try connection.run("SELECT \(schema).extend_audit_v1(7)", by: deadline)
    return found
  }

  private static func version(
    _ connection: PostgresConnection, _ schema: PostgresSchema, _ deadline: MonotonicTime
  ) throws(PostgresError) -> Int64 {
    let exists = try connection.run("SELECT to_regclass('\(schema).meta') IS NOT NULL", by: deadline)
    guard exists.boolean(0, 0) == true else { return 0 }
    return try connection.run("SELECT max(version) FROM \(schema).meta", by: deadline).integer(0, 0) ?? 0
  }

  /// A new function may be called by everyone until that is taken away.
  private static func grant(
    _ connection: PostgresConnection, _ schema: PostgresSchema, _ serving: String, _ auditing: String?,
    _ deadline: MonotonicTime
  ) throws(PostgresError) {
    let role = PostgresSchema.quote(serving)
    var statements = [
      "REVOKE ALL ON SCHEMA \(schema) FROM PUBLIC", "REVOKE ALL ON ALL FUNCTIONS IN SCHEMA \(schema) FROM PUBLIC",
      "REVOKE ALL ON ALL TABLES IN SCHEMA \(schema) FROM PUBLIC", "GRANT USAGE ON SCHEMA \(schema) TO \(role)",
    ]
    statements += (PostgresSchema1.served + PostgresSchema1.servedRetention).map {
      "GRANT EXECUTE ON FUNCTION \(schema).\($0) TO \(role)"
    }
    if let auditing = auditing.map(PostgresSchema.quote) {
      statements.append("GRANT USAGE ON SCHEMA \(schema) TO \(auditing)")
      statements += PostgresSchema1.audited.map { "GRANT EXECUTE ON FUNCTION \(schema).\($0) TO \(auditing)" }
    }
    for statement in statements { _ = try connection.run(statement, by: deadline) }
  }
}
