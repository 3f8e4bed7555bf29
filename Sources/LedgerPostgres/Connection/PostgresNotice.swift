/// What the server says beside its answers.
package struct PostgresNotice: Sendable, Equatable {
  /// `WARNING`, `NOTICE` and so on, in English whatever the server's language.
  package let severity: String
  package let sqlState: String
  package let text: String
  /// The server's function that says it.
  package let function: String

  /// A commit's wait for the synchronous standby was cut short: the transaction is committed here, and perhaps nowhere else, and
  /// yet the server reports success. Its text depends on the language and its code is a general one, so it is known by the
  /// function that says it (PostgreSQL, src/backend/replication/syncrep.c).
  package var isOfUnfinishedReplication: Bool { severity == "WARNING" && function == "SyncRepWaitForLSN" }
}
