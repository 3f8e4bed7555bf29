package import EventLoop

extension PostgresMigration {
  /// Whether a role can do more than call functions: as a superuser, or since it may become the one that this connection is.
  package static func canEdit(
    _ serving: String, on connection: PostgresConnection, by deadline: MonotonicTime
  ) throws(PostgresError) -> Bool {
    var name = PostgresParameters()
    name.append(serving)
    // True of a superuser, too.
    return try connection.run("SELECT pg_has_role($1::name, current_user, 'MEMBER')", name, by: deadline).boolean(0, 0)
      ?? false
  }
}
