internal import ArgumentParser
internal import Configuration
internal import Crypto
internal import EventLoop
internal import Gateway
internal import Glibc
internal import LedgerPostgres
internal import LedgerSQLite

/// Takes a ledger in a file over into one that replicas share.
struct LedgerImportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Take a ledger in a file over into one in PostgreSQL: its commands, its limits and its record.",
    discussion: """
      To be run once for each file, when its gateway has stopped and before that one starts with the database: as the role that owns \
      the schema, as `ledger migrate`. All of it is done, or nothing. A repeat of a command gets the same answer from then on at every \
      replica; what was in flight is taken over by a living replica as of unknown outcome; what was used of a limit counts on. The \
      record becomes a chain of its own, byte for byte, which `convene audit verify` follows with the others.

      The file stays as it was, but for a mark: `serve` opens it no more, since two ledgers would answer for one id. `convene audit` \
      reads it as before. Run again, it changes nothing; after an interruption it finds out what became of it.

      The first file's key for pseudonyms and its organization become the database's; a second file has another key, and is taken over \
      with --allow-other-key. With --config, the key of audit.checkpoint signs where the chain ended.
        convene ledger import /var/lib/convene/ledger.db --url postgresql://convene_owner@db1/convene --password-file F
      """)

  private static let patienceToConnect: Duration = .seconds(10)

  @Argument(help: ArgumentHelp("The ledger's file.", valueName: "file"))
  var path: String

  @Option(
    help: ArgumentHelp(
      "The database, and the role that owns the schema.",
      discussion: "As ledger.postgres.url in the configuration, never with a password.", valueName: "postgresql://..."))
  var url: String

  @Option(help: ArgumentHelp("The file that holds that role's password.", valueName: "file"))
  var passwordFile: String?

  @Option(help: ArgumentHelp("The schema; by default the configuration's, or convene.", valueName: "name"))
  var schema: String?

  @Option(
    help: ArgumentHelp(
      "What its chain is called among replicas; by default a name that is made of the ledger.", valueName: "name"))
  var name: String?

  @Option(
    help: ArgumentHelp(
      "The configuration that has the key of the record's checkpoints; needed where there is one.", valueName: "file"))
  var config: String?

  @Flag(help: "Take it over although its pseudonyms are made with another key than the database's.")
  var allowOtherKey = false

  @Flag(help: "Leave out commands whose ids the database knows with another outcome.")
  var keepKnown = false

  @Flag(help: "Leave the record behind: the file stays its only proof. For a record that isn't whole.")
  var commandsOnly = false

  func validate() throws {
    try PostgresArguments.check(url: url)
    try PostgresArguments.check(schema: schema)
    guard name.map({ (1...255).contains($0.utf8.count) }) ?? true else {
      throw ValidationError("--name must be 1 to 255 bytes")
    }
  }

  func run() throws {
    try reporting {
      StandardStream.keepOut(of: SQLiteStorage.files(of: path))
      let gateway = try config.map(readConfiguration)
      let (place, password) = try target(gateway)
      if let unavailability = LedgerPermission.unavailability(of: path) { throw StartError(unavailability) }
      var run = ImportRun(path: path, schema: try place.checkedSchema, target: place.importName)
      (run.name, run.allowsOtherKey, run.keepsKnown) = (name, allowOtherKey, keepKnown)
      run.takesRecord = !commandsOnly
      run.organization = gateway?.organization
      if let checkpoint = gateway?.audit.checkpoint {
        do throws(TokenError) {
          run.key = try checkpoint.signingKey(environment: ProcessEnvironment.current)
        } catch {
          throw StartError(error.message)
        }
      }
      do {
        try run.run(
          on: try PostgresConnection(
            PostgresSettings(place, password: password), by: .now + Self.patienceToConnect))
      } catch let error as PostgresError {
        let advice = error.kind == .permission ? "; role \(place.user) must own the schema" : ""
        throw StartError(place.failure(error) + advice)
      }
    }
  }

  private func target(_ gateway: GatewayConfiguration?) throws -> (PostgresPlace, Secret?) {
    var place = try PostgresPlace(url: url)
    if case .postgres(let configured)? = gateway?.ledger.place { place.schema = configured.schema }
    place.schema = schema ?? place.schema
    place.password = passwordFile.map(TokenSource.file)
    do throws(TokenError) {
      return (place, try place.readPassword(environment: ProcessEnvironment.current))
    } catch {
      throw StartError(error.message)
    }
  }

  private func readConfiguration(_ path: String) throws -> GatewayConfiguration {
    StandardStream.keepOut(of: [path])
    do throws(ConfigurationErrors) {
      return try ConfigurationLoader.load(
        path: path, environment: ProcessEnvironment.current, checksSecrets: false, claimed: StandardStream.keepOut)
    } catch {
      throw StartError("\(error)")
    }
  }
}

extension PostgresPlace {
  /// What a ledger's file calls the one that it was imported into.
  var importName: String { "\(database) (schema \(schema)) at \(hostList)" }
}
