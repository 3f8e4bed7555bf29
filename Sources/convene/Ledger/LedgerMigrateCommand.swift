internal import ArgumentParser
internal import Configuration
internal import Crypto
internal import EventLoop
internal import Gateway
internal import LedgerPostgres

/// Makes the schema of a shared ledger, as the role that owns it.
struct LedgerMigrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "migrate",
    abstract: "Make the tables and functions of a ledger in PostgreSQL, or bring them to this version.",
    discussion: """
      To be run as a role of its own, which owns the schema: before the first start, and before a newer version starts. The role \
      that serves may call the functions and nothing else, so that it can't edit the record. What is up to date stays as it is; \
      gateways that run go on meanwhile. As an administrator, once:
        CREATE ROLE convene_owner LOGIN PASSWORD '...';
        CREATE ROLE convene LOGIN PASSWORD '...';
        CREATE DATABASE convene OWNER convene_owner;
      then
        convene ledger migrate --url postgresql://convene_owner@db1/convene --password-file F --serving-role convene

      The configuration names the database, the schema and the role that serves where these options don't. $PGPASSWORD and the \
      like count for nothing.
      """)

  private static let patienceToConnect: Duration = .seconds(10)
  private static let patience: Duration = .seconds(120)

  @OptionGroup var configuration: ConfigurationOption

  @Option(
    help: ArgumentHelp(
      "The database, and the role that is to own the schema.",
      discussion: "As ledger.postgres.url in the configuration, never with a password.", valueName: "postgresql://..."))
  var url: String?

  @Option(help: ArgumentHelp("The file that holds that role's password.", valueName: "file"))
  var passwordFile: String?

  @Option(help: ArgumentHelp("The schema; by default the configuration's, or convene.", valueName: "name"))
  var schema: String?

  @Option(help: ArgumentHelp("The role that serves; by default the configuration's.", valueName: "role"))
  var servingRole: String?

  @Option(
    help: ArgumentHelp(
      "A role that may read the record, for `convene audit`, and do nothing else.", valueName: "role"))
  var auditingRole: String?

  @Option(
    help: ArgumentHelp(
      "How long records are kept at least, whatever a gateway's configuration says: 1d to 3660d; 90d at first.",
      valueName: "days"))
  var keepAudit: KeepingArgument?

  private struct Target {
    var place: PostgresPlace
    var password: Secret?
    var serving: String
  }

  func validate() throws {
    try PostgresArguments.check(url: url)
    try PostgresArguments.check(schema: schema)
    if servingRole?.isEmpty == true || auditingRole?.isEmpty == true { throw ValidationError("a role's name is empty") }
  }

  func run() throws {
    try reporting {
      let target = try target()
      let place = target.place
      let schema = try place.checkedSchema
      do throws(PostgresError) {
        let connection = try PostgresConnection(
          PostgresSettings(place, password: target.password), by: .now + Self.patienceToConnect)
        let deadline = MonotonicTime.now + Self.patience
        let version = try PostgresMigration.run(
          on: connection, schema: schema, serving: target.serving, auditing: auditingRole,
          keepingAudit: keepAudit?.duration, by: deadline)
        tell(version, target)
        if try PostgresMigration.canEdit(target.serving, on: connection, by: deadline) {
          StandardStream.error.writeLine(
            "warning: role \(target.serving) is a superuser, or a member of \(place.user): it can edit the record")
        }
      } catch {
        throw StartError(place.failure(error) + hint(error, place))
      }
    }
  }

  private func tell(_ version: (before: Int64, after: Int64), _ target: Target) {
    let schema = "schema \(target.place.schema) of database \(target.place.database)"
    let text =
      switch version.before {
      case 0: "\(schema): made, version \(version.after)"
      case version.after: "\(schema): version \(version.after) already"
      default: "\(schema): version \(version.before), now \(version.after)"
      }
    let keeping = keepAudit.map { "; records are kept for \($0.duration.text) at least" } ?? ""
    StandardStream.output.writeLine("\(text)\(keeping); role \(target.serving) may serve from it")
  }

  private func hint(_ error: PostgresError, _ place: PostgresPlace) -> String {
    guard error.kind == .permission else { return "" }
    return "; role \(place.user) must own the schema, and needs CREATE on database \(place.database) to make one"
  }

  private func target() throws -> Target {
    let environment = ProcessEnvironment.current
    let own = try url.map { try PostgresPlace(url: $0) }
    var configured: PostgresPlace?
    if own == nil || servingRole == nil || configuration.path != nil { configured = try readConfiguration() }
    guard var place = own ?? configured else { throw StartError("no database is named") }
    place.schema = schema ?? configured?.schema ?? place.schema
    guard let serving = servingRole ?? configured?.user else { throw StartError("no role that serves is named") }
    guard serving != place.user else {
      throw StartError(
        "role \(serving) can't both own the ledger and serve from it, since it could edit the record: name another role, by"
          + " --url the one that owns it, or by --serving-role the one that serves")
    }
    if let passwordFile {
      place.password = .file(passwordFile)
    }
    do throws(TokenError) {
      return Target(place: place, password: try place.readPassword(environment: environment), serving: serving)
    } catch {
      throw StartError(error.message)
    }
  }

  private func readConfiguration() throws -> PostgresPlace {
    let gateway: GatewayConfiguration
    do throws(ConfigurationErrors) {
      StandardStream.keepOut(of: [configuration.resolvedPath])
      gateway = try ConfigurationLoader.load(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current, checksSecrets: false,
        claimed: StandardStream.keepOut)
    } catch {
      throw StartError(
        "\(error)\nname the database with --url and the role that serves with --serving-role, or the"
          + " configuration with --config")
    }
    guard case .postgres(let place) = gateway.ledger.place else {
      throw StartError("\(configuration.resolvedPath) has no ledger.postgres: a ledger in a file is made by serve")
    }
    return place
  }
}

/// `30d`.
struct KeepingArgument: ExpressibleByArgument {
  let duration: Duration

  init?(argument: String) {
    guard argument.hasSuffix("d"), argument.utf8.first != UInt8(ascii: "+"), let days = Int64(argument.dropLast()),
      (1...3660).contains(days)
    else { return nil }
    duration = .seconds(days * 86_400)
  }
}
