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
  /// later ones is no failure. A superuser's are left alone: it is used for other things, too.
  package static func set(on connection: PostgresConnection, by deadline: MonotonicTime) throws(PostgresError) {
    // Nearly always nothing is to be done, and this costs nothing.
    let unsetFor = values.map { "coalesce(current_setting('\($0.0)', true) = '0', false)" }.joined(separator: " OR ")
    guard
      try connection.run(
        "SELECT (\(unsetFor)) AND NOT rolsuper FROM pg_roles WHERE rolname = current_user", by: deadline
      ).boolean(0, 0) == true
    else { return }
    let list = values.map { "('\($0.0)', '\($0.1)')" }.joined(separator: ", ")
    let unset = try connection.run(
      """
      SELECT v.name, v.value, set_config(v.name, v.value, false) FROM (VALUES \(list)) v(name, value)
        JOIN pg_settings s ON s.name = v.name WHERE s.source = 'default'
      """, by: deadline)
    guard unset.rows > 0 else { return }
    let alterations = (0..<unset.rows).map { row in
      let setting = "\(unset.text(row, 0) ?? "") = ''\(unset.text(row, 1) ?? "")''"
      return "EXECUTE format('ALTER ROLE CURRENT_USER IN DATABASE %I SET \(setting)', current_database());"
    }
    // Another replica may do the same at this moment.
    do throws(PostgresError) {
      _ = try connection.run("DO $$ BEGIN \(alterations.joined(separator: " ")) END $$", by: deadline)
    } catch  where connection.isUsable {
      return
    }
  }
}
