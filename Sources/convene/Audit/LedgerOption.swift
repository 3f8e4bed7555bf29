internal import ArgumentParser
internal import Audit
internal import Configuration
internal import Crypto
internal import EventLoop
internal import Gateway
internal import LedgerPostgres
internal import LedgerSQLite

/// Which ledger an audit command is about, and the key that its configuration names.
struct LedgerOption: ParsableArguments {
  @Option(
    name: .customLong("ledger"),
    help: ArgumentHelp("The ledger's file; by default the one that the configuration names.", valueName: "file"))
  var path: String?

  @Option(
    name: .customLong("url"),
    help: ArgumentHelp(
      "A shared ledger's database, by a role that may read the record: postgresql://ROLE@HOST/DATABASE.",
      valueName: "url"))
  var url: String?

  @Option(
    help: ArgumentHelp(
      "A role that may read the record, in the database that the configuration names.", valueName: "role"))
  var role: String?

  @Option(help: ArgumentHelp("The file that holds that role's password.", valueName: "file"))
  var passwordFile: String?

  @Option(
    help: ArgumentHelp(
      "The schema of a shared ledger; by default the configuration's, or convene.", valueName: "name"))
  var schema: String?

  @OptionGroup var configuration: ConfigurationOption

  var isNamed: Bool { path != nil || url != nil }

  func validate() throws {
    guard path == nil || url == nil else { throw ValidationError("give --ledger or --url, not both") }
    guard role == nil || !isNamed else { throw ValidationError("--role is for the database of the configuration") }
    guard url != nil || role != nil || passwordFile == nil else {
      throw ValidationError("--password-file is for --url or --role")
    }
    try PostgresArguments.check(schema: schema)
  }

  /// Where the ledger lies, from the configuration if need be.
  func resolve() throws -> ResolvedLedger {
    if let path { StandardStream.keepOut(of: SQLiteStorage.files(of: path)) }
    let named = try database ?? path.map(ResolvedLedger.Place.file)
    if let named, configuration.path == nil { return ResolvedLedger(place: named, checkpoint: nil) }
    StandardStream.keepOut(of: [configuration.resolvedPath])
    do {
      let gateway = try ConfigurationLoader.load(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current, checksSecrets: false,
        claimed: StandardStream.keepOut)
      let place = try named ?? place(gateway.ledger.place)
      return ResolvedLedger(
        place: place, checkpoint: gateway.audit.checkpoint, configurationFiles: gateway.otherFiles,
        sinks: gateway.audit.sinks, teams: gateway.teams.map(\.name))
    } catch let error as ConfigurationErrors {
      throw StartError("\(error)\nname the ledger with --ledger or --url, or the configuration with --config")
    }
  }

  private var database: ResolvedLedger.Place? {
    get throws {
      guard let url else { return nil }
      let place: PostgresPlace
      do throws(PostgresURLError) {
        place = try PostgresPlace(url: url)
      } catch {
        throw ValidationError("--url \(error.message)")
      }
      return try shared(place)
    }
  }

  /// The configuration's.
  private func place(_ configured: LedgerPlace) throws -> ResolvedLedger.Place {
    let file = configuration.resolvedPath
    switch configured {
    case .file(let path):
      guard role == nil else { throw ValidationError("the ledger of \(file) is a file: --role is for a database") }
      return .file(path)
    case .memory: throw StartError("the ledger of \(file) is in memory: no other process can read it")
    case .postgres(var place):
      guard let role else {
        throw StartError(
          "the ledger of \(file) is a database, whose role may add to the record and not read it: name one that may with --role"
        )
      }
      place.user = role
      return try shared(place)
    }
  }

  private func shared(_ place: PostgresPlace) throws -> ResolvedLedger.Place {
    var place = place
    // What the configuration names is the password of another role.
    place.password = passwordFile.map(TokenSource.file)
    place.schema = schema ?? place.schema
    let password: Secret?
    do throws(TokenError) {
      password = try place.readPassword(environment: ProcessEnvironment.current)
    } catch {
      throw StartError(error.message)
    }
    return .shared(PostgresSettings(place, password: password), try place.checkedSchema)
  }
}

/// A ledger that is open for reading.
enum OpenLedger {
  case file(LedgerReader)
  /// All replicas'.
  case shared(PostgresReader)

  var records: any RecordReading {
    switch self {
    case .file(let reader): reader
    case .shared(let reader): reader
    }
  }

  var isShared: Bool { if case .shared = self { true } else { false } }
}

struct ResolvedLedger {
  enum Place {
    case file(String)
    case shared(PostgresSettings, PostgresSchema)
  }

  let place: Place
  let checkpoint: CheckpointSettings?
  var configurationFiles: [String] = []
  var sinks: [AuditSettings.Sink] = []
  /// Of the configuration.
  var teams: [String] = []

  /// What a gateway with this ledger needs, as far as is known: nothing may be written over it.
  var otherFiles: [String] {
    switch place {
    case .file(let path): SQLiteStorage.files(of: path) + configurationFiles
    case .shared: configurationFiles
    }
  }

  func open() throws -> OpenLedger {
    switch place {
    case .file(let path):
      guard path != ":memory:" else { throw StartError("a ledger in memory can be read by no other process") }
      if let unavailability = LedgerPermission.unavailability(of: path) { throw StartError(unavailability) }
      return .file(try LedgerReader(path: path))
    case .shared(let settings, let schema): return .shared(try PostgresReader(settings, schema: schema))
    }
  }

  /// What may have no checkpoint yet; nil = there are to be none.
  var unsignedTailLimit: UnsignedTailLimit? {
    guard let checkpoint else { return nil }
    // A minute more, for a gateway that waits for its disk.
    let oldest = WallTime.now.microseconds - (checkpoint.interval + .seconds(60)).microseconds
    return UnsignedTailLimit(records: Int64(checkpoint.every), since: WallTime(microseconds: oldest))
  }

  /// The key that checkpoints are signed with; nil = there is none, or it is not here, which `note` says.
  func signingKey(note: (String) -> Void) -> SigningKey? {
    guard let checkpoint else { return nil }
    do {
      return try checkpoint.signingKey(environment: ProcessEnvironment.current)
    } catch {
      note(error.message)
      return nil
    }
  }
}

extension ParsableArguments {
  /// Runs a command's work; what goes wrong is one line on standard error and exit code 1, but for
  /// what is wrong with the command line.
  func reporting(_ work: () throws -> Void) throws {
    do {
      try work()
    } catch let exit as ExitCode {
      throw exit
    } catch let wrong as ValidationError {
      throw wrong
    } catch BufferedOutput.Failure.readerGone {
      return
    } catch BufferedOutput.Failure.failed(let reason) {
      StandardStream.error.writeLine("can't write: \(reason)")
      throw ExitCode.failure
    } catch {
      StandardStream.error.writeLine("\(error)")
      throw ExitCode.failure
    }
  }
}
