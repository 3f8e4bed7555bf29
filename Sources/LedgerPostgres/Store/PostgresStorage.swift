internal import Audit
internal import EventLoop
internal import Gateway
internal import Glibc
package import Ledger
package import Logging

/// A ledger in a PostgreSQL database, which all replicas of a gateway share.
package final class PostgresStorage: LedgerStorage {
  /// To connect at the start: a database that is being started may be waited for.
  private static let patience: Duration = .seconds(10)
  private static let pause: Duration = .milliseconds(200)

  package let name: String
  package let hosts: String?
  package let files: [String] = []
  package let isDurable = true
  package let bytes: Int? = nil

  private let settings: PostgresLedgerSettings
  private let logger: Logger

  package init(_ settings: PostgresLedgerSettings, logger: Logger) {
    self.settings = settings
    self.logger = logger
    let hosts = settings.connection.hosts.map { "\($0.name):\($0.port)" }.joined(separator: ",")
    self.hosts = hosts
    name = "postgresql://\(settings.connection.user)@\(hosts)/\(settings.connection.database)"
  }

  /// A database that is being started refuses connections, or ends them: it is asked again.
  private func open() throws(PostgresError) -> (PostgresSession, PostgresSession.Opening) {
    let deadline = MonotonicTime.now + Self.patience
    while true {
      do throws(PostgresError) {
        return try PostgresSession.open(settings, by: deadline)
      } catch {
        let mayPass = error.kind == .unreachable || error.kind == .outcomeUnknown || error.kind == .transient
        guard mayPass, .now + Self.pause < deadline else { throw error }
        usleep(UInt32(Self.pause.microseconds))
      }
    }
  }

  package func withStore<Checked>(
    checking check: () throws(LedgerError) -> Checked,
    _ work: (any LedgerStore, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    let checked = try check()
    let store: PostgresStore
    let asked = LedgerClock.system.sinceBoot()
    do throws(PostgresError) {
      let (session, opening) = try open()
      for warning in opening.warnings { logger.warning("\(warning)", metadata: ["ledger": "\(name)"]) }
      store = PostgresStore(session, opening)
    } catch {
      throw LedgerError(LedgerError(error), path: name)
    }
    try store.begin(asked: asked)
    try work(store, checked)
  }
}
