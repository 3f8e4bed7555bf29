internal import EventLoop
internal import Gateway

/// Looks at the record of a shared ledger, as a role that may do nothing else. It changes nothing, and makes no gateway wait: each
/// look is a transaction of its own, so that none keeps the server from dropping old days or tidying its tables.
///
/// On a standby, too. For one thread.
package final class PostgresReader {
  /// For one look; a search may have to read a whole day.
  private static let patience: Duration = .seconds(60)
  static let page = 1000

  /// What messages call the ledger.
  package let name: String
  let schema: PostgresSchema
  private let settings: PostgresSettings
  private var connection: PostgresConnection

  /// - Throws: where there is no ledger that this version knows, or the role may not read it.
  package init(_ settings: PostgresSettings, schema: PostgresSchema = .standard) throws(PostgresError) {
    var settings = settings
    settings.needsWriting = false
    self.settings = settings
    self.schema = schema
    let hosts = settings.hosts.map { "\($0.name):\($0.port)" }.joined(separator: ",")
    name = "postgresql://\(settings.user)@\(hosts)/\(settings.database)"
    connection = try PostgresConnection(settings, by: .now + Self.patience)
    try check()
  }

  private func check() throws(PostgresError) {
    let meta: PostgresResult
    do throws(PostgresError) {
      meta = try read("meta_v1")
    } catch  where error.kind == .schema {
      throw PostgresError(.schema, "\(name): no ledger here: there is no schema \(schema)", sqlState: error.sqlState)
    }
    guard meta.integer(0, 0) ?? 0 >= PostgresSchema.version, meta.integer(0, 1) ?? .max <= PostgresSchema.version else {
      throw PostgresError(
        .schema,
        "\(name): schema \(schema) is of version \(meta.integer(0, 0) ?? 0), and this program knows \(PostgresSchema.version)"
      )
    }
  }

  /// Calls a function; once more, on a new connection, where the connection has ended: nothing is changed by it.
  func read(_ function: String, _ parameters: PostgresParameters = PostgresParameters()) throws(PostgresError)
    -> PostgresResult
  {
    let places = (0..<parameters.count).map { "$\($0 + 1)" }.joined(separator: ", ")
    let sql = "SELECT * FROM \(schema).\(function)(\(places))"
    do throws(PostgresError) {
      return try connection.run(sql, parameters, by: .now + Self.patience)
    } catch  where !connection.isUsable {
      connection = try PostgresConnection(settings, by: .now + Self.patience)
      return try connection.run(sql, parameters, by: .now + Self.patience)
    } catch  where error.kind == .permission {
      throw PostgresError(
        .permission,
        "\(name): the role \(settings.user) may not read the record: `convene ledger migrate --auditing-role` names one that may",
        sqlState: error.sqlState)
    }
  }
}
