package import Crypto

/// Which database holds the ledger, and under what name this process writes to it.
package struct PostgresLedgerSettings: Sendable {
  package var connection: PostgresSettings
  package var schema = PostgresSchema.standard
  /// Of this replica, unique among those that run at the same time. A process that begins under a name takes the place of the
  /// last one that had it.
  package var replica: String
  package var organization = ""
  /// How long records are to be kept, to warn where the schema's owner wants more; nil = nobody asks.
  package var keepAudit: Duration?
  /// Asked at each connection, since it may change; nil = as `connection` says.
  package var password: (@Sendable () -> Secret?)?
  /// How long this process counts as alive without a word, by the database's clock.
  package var lease: Duration = .seconds(10)
  /// Whether commands' ages are told by the database's clock. Tests set their own.
  package var usesServerClock = true

  package init(connection: PostgresSettings, replica: String) {
    self.connection = connection
    self.replica = replica
  }
}
