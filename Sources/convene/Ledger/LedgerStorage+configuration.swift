internal import Crypto
internal import Gateway
internal import Ledger
internal import LedgerPostgres
internal import LedgerSQLite
internal import Logging

extension LedgerSettings {
  /// The store that the configuration names.
  ///
  /// - Parameter password: of a database: asked at each connection.
  func storage(
    _ options: LedgerOptions, password: (@Sendable () -> Secret?)?, logger: Logger
  ) throws(StartError) -> any LedgerStorage {
    guard case .postgres(let place) = place else {
      return SQLiteStorage(path: path, options: options, logger: logger)
    }
    var settings = PostgresLedgerSettings(
      connection: PostgresSettings(place, password: nil), replica: place.replica)
    settings.schema = try place.checkedSchema
    settings.organization = options.organization
    settings.keepAudit = keepAudit
    settings.password = password
    return PostgresStorage(settings, logger: logger)
  }
}
