internal import Configuration
internal import Crypto
internal import EventLoop
internal import Gateway
internal import Ledger
internal import LedgerPostgres

/// Whether a ledger in a database could be served from: what `check` asks.
enum DatabaseProbe {
  private static let patience: Duration = .seconds(5)

  /// What the ledger knows of this replica's sink; nil where it can't be asked, which `look` has told of.
  static func evidence(of sink: String, at place: PostgresPlace, environment: [String: String]) -> SinkFileEvidence? {
    do {
      let deadline = MonotonicTime.now + patience
      let settings = PostgresSettings(place, password: try place.readPassword(environment: environment))
      return try PostgresEvidence.find(
        of: sink, replica: place.replica, on: try PostgresConnection(settings, by: deadline),
        schema: try place.checkedSchema, by: deadline)
    } catch {
      return nil
    }
  }

  /// Waits for the database, and changes nothing in it.
  static func look(
    at place: PostgresPlace, keepingAudit keep: Duration, environment: [String: String]
  ) -> MachineProbe.LedgerFinding {
    let password: Secret?
    do throws(TokenError) {
      password = try place.readPassword(environment: environment)
    } catch {
      // Told at the place that names it.
      return MachineProbe.LedgerFinding()
    }
    let deadline = MonotonicTime.now + patience
    do throws(PostgresError) {
      guard let schema = PostgresSchema(place.schema) else { return MachineProbe.LedgerFinding() }
      let connection = try PostgresConnection(PostgresSettings(place, password: password), by: deadline)
      return MachineProbe.LedgerFinding(
        warnings: try PostgresCheck.run(on: connection, schema: schema, keepingAudit: keep, by: deadline))
    } catch {
      return MachineProbe.LedgerFinding(unavailability: place.failure(error))
    }
  }
}
