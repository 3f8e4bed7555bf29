internal import Audit
internal import EventLoop
package import Ledger
package import Logging

/// A ledger in a PostgreSQL database, which all replicas of a gateway share.
package final class PostgresStorage: LedgerStorage {
  /// To connect at the start: a database that is being started may be waited for.
  private static let patience: Duration = .seconds(10)

  package let name: String
  package let files: [String] = []
  package let isDurable = true
  package let bytes = 0

  private let settings: PostgresLedgerSettings
  private let logger: Logger

  package init(_ settings: PostgresLedgerSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
    let hosts = settings.connection.hosts.map { "\($0.name):\($0.port)" }.joined(separator: ",")
    name = "postgresql://\(settings.connection.user)@\(hosts)/\(settings.connection.database)"
  }

  package func withStore<Checked>(
    checking check: () throws(LedgerError) -> Checked,
    _ work: (any LedgerStore, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let checked = try check()
    let store: PostgresStore
    let asked = LedgerClock.system.sinceBoot()
    do throws(PostgresError) {
      let (session, opening) = try PostgresSession.open(settings, logger: logger, by: .now + Self.patience)
      for warning in opening.warnings { logger.warning("\(warning)", metadata: ["ledger": "\(name)"]) }
      store = PostgresStore(session, opening)
    } catch {
      throw LedgerError(LedgerError(error), path: name)
    }
    try store.begin(asked: asked)
    try work(store, checked)
  }
}
