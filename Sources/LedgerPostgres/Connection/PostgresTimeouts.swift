package import EventLoop

/// How long the server has patience with a process that serves: what that one began is ended by the server, also where the process has
/// stopped or its machine is gone. Else it could hold rows for ever that all replicas write.
///
/// Our functions wait for no lock for longer than a second by themselves; how long a statement runs, and a transaction that is begun and
/// not ended, is not for a function to say. So these are the role's own defaults, which a role may set for itself: they also hold behind
/// a pooler that hands out connections by the transaction. What somebody else has set, for the role, the database or the server, stays.
package enum PostgresTimeouts {
  /// A statement of ours ends long before the lease (10 s) does. The wait for a synchronous standby isn't cut short by any of these.
  private static let values = [
    ("statement_timeout", "10s"), ("lock_timeout", "1s"), ("idle_in_transaction_session_timeout", "5s"),
    // PostgreSQL 17 and newer.
    ("transaction_timeout", "15s"),
  ]

  /// Sets what nobody has set, for this connection and for all later ones of its role to this database. That it can't be done for the
  /// later ones is no failure.
  package static func set(on connection: PostgresConnection, by deadline: MonotonicTime) throws(PostgresError) {
    let list = values.map { "('\($0.0)', '\($0.1)')" }.joined(separator: ", ")
    let unset = try connection.run(
      """
      SELECT v.name, v.value, set_config(v.name, v.value, false) FROM (VALUES \(list)) v(name, value)
        JOIN pg_settings s ON s.name = v.name WHERE s.source = 'default'
      """, by: deadline)
    guard unset.rows > 0 else { return }
    let settings = (0..<unset.rows).map { "\(unset.text($0, 0) ?? "") = ''\(unset.text($0, 1) ?? "")''" }
    let alterations = settings.map {
      "EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET \($0)', current_database());"
    }
    // Another replica may do the same at this moment.
    do throws(PostgresError) {
      _ = try connection.run("DO $$ BEGIN \(alterations.joined(separator: " ")) END $$", by: deadline)
    } catch  where connection.isUsable {
      return
    }
  }
}
