internal import ArgumentParser
internal import Configuration
internal import Crypto
internal import EventLoop
internal import Gateway
internal import LedgerPostgres
internal import LedgerSQLite

/// Shows what a ledger holds that somebody may have to look after.
struct LedgerStatusCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "status", abstract: "Show a ledger's replicas, and the commands that have no outcome yet.",
    discussion: """
      Of a ledger in PostgreSQL: versions, warnings, each replica with its lease and its records, what is in flight, what is of \
      unknown outcome, and how far standbys are behind. It connects as the role that serves; standbys are shown where that has \
      pg_monitor. Of a ledger in a file: its records, what is in flight and what is of unknown outcome.

      Changes nothing, also while gateways run. Ends with 1 where the ledger can't be read or not be served from.
      """)

  private static let patience: Duration = .seconds(10)

  @Option(
    name: .customLong("ledger"),
    help: ArgumentHelp("A ledger's file, instead of what the configuration names.", valueName: "file"))
  var path: String?

  @OptionGroup var configuration: ConfigurationOption

  @Flag(help: "One line of JSON, for programs.")
  var json = false

  func run() throws {
    try reporting {
      if let path, configuration.path == nil { return try tellFile(path) }
      let gateway = try load()
      switch (path, gateway.ledger.place) {
      case (let path?, _), (nil, .file(let path)): try tellFile(path)
      case (nil, .memory):
        throw StartError("the ledger of \(configuration.resolvedPath) is in memory: no other process can read it")
      case (nil, .postgres(let place)): try tellDatabase(place)
      }
    }
  }

  private func load() throws -> GatewayConfiguration {
    StandardStream.keepOut(of: [configuration.resolvedPath])
    do throws(ConfigurationErrors) {
      return try ConfigurationLoader.load(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current, checksSecrets: false,
        claimed: StandardStream.keepOut)
    } catch {
      throw StartError("\(error)\nname the ledger's file with --ledger, or the configuration with --config")
    }
  }

  private func tellDatabase(_ place: PostgresPlace) throws {
    let schema = try place.checkedSchema
    let password: Secret?
    do throws(TokenError) {
      password = try place.readPassword(environment: ProcessEnvironment.current)
    } catch {
      throw StartError(error.message)
    }
    do throws(PostgresError) {
      let deadline = MonotonicTime.now + Self.patience
      let connection = try PostgresConnection(PostgresSettings(place, password: password), by: deadline)
      let report = DatabaseReport(try PostgresStatus(on: connection, schema: schema, by: deadline), schema: schema.name)
      StandardStream.output.write(json ? report.json : report.text)
    } catch {
      throw StartError(place.failure(error))
    }
  }

  private func tellFile(_ path: String) throws {
    StandardStream.keepOut(of: SQLiteStorage.files(of: path))
    if let unavailability = LedgerPermission.unavailability(of: path) { throw StartError(unavailability) }
    let reader = try LedgerReader(path: path)
    var report = FileReport(
      path: reader.path, records: try reader.bounds(), sending: try reader.sending(), unknown: try reader.unknown())
    report.imported = try reader.importNote()
    StandardStream.output.write(json ? report.json : report.text)
  }
}
