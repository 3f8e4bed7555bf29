internal import ArgumentParser
internal import Audit
internal import Configuration
internal import Crypto
internal import EventLoop
internal import Gateway
internal import LedgerSQLite

/// Which ledger an audit command is about, and the key that its configuration names.
struct LedgerOption: ParsableArguments {
  @Option(
    name: .customLong("ledger"),
    help: ArgumentHelp("The ledger's file; by default the one that the configuration names.", valueName: "file"))
  var path: String?

  @OptionGroup var configuration: ConfigurationOption

  /// Where the ledger lies, from the configuration if need be.
  func resolve() throws -> ResolvedLedger {
    if let path { StandardStream.keepOut(of: SQLiteStorage.files(of: path)) }
    if let path, configuration.path == nil { return ResolvedLedger(path: path, checkpoint: nil) }
    StandardStream.keepOut(of: [configuration.resolvedPath])
    do {
      let gateway = try ConfigurationLoader.load(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current, checksSecrets: false,
        claimed: StandardStream.keepOut)
      guard let path = path ?? gateway.ledger.path else {
        throw StartError("the ledger of \(configuration.resolvedPath) is in memory: no other process can read it")
      }
      return ResolvedLedger(
        path: path, checkpoint: gateway.audit.checkpoint, configurationFiles: gateway.otherFiles,
        sinks: gateway.audit.sinks, teams: gateway.teams.map(\.name))
    } catch let error as ConfigurationErrors {
      throw StartError("\(error)\nname the ledger with --ledger, or the configuration with --config")
    }
  }
}

struct ResolvedLedger {
  let path: String
  let checkpoint: CheckpointSettings?
  var configurationFiles: [String] = []
  var sinks: [AuditSettings.Sink] = []
  /// Of the configuration.
  var teams: [String] = []

  /// What a gateway with this ledger needs, as far as is known: nothing may be written over it.
  var otherFiles: [String] { SQLiteStorage.files(of: path) + configurationFiles }

  func open() throws -> LedgerReader {
    guard path != ":memory:" else { throw StartError("a ledger in memory can be read by no other process") }
    if let unavailability = LedgerPermission.unavailability(of: path) { throw StartError(unavailability) }
    return try LedgerReader(path: path)
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
