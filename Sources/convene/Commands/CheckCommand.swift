internal import ArgumentParser
internal import Configuration
internal import Gateway
internal import Ledger
internal import LedgerSQLite
internal import Listener

struct CheckCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Judge a configuration as serve would, and print each team's effective policy.",
    discussion: """
      Prints every error with file, line and column and exits 1; prints who may call and what holds for them, and exits 0, \
      where all is well. Looks at this machine, too: whether its addresses can be listened on and its ledger \
      and audit kept here, or whether its database can be reached, within 5 s, and served from. Makes nothing, and disturbs no gateway that runs: what that has in use is a warning.

      --no-secrets is for a pull request, where the secrets aren't and the gateway won't be: every token and key counts as \
      there, what this machine lacks is a warning, and no database is asked. All else is judged as ever.

      A team judges its own file within its organization's rules, without secrets and on any machine:
        convene check --config teams/support.yaml --organization gateway.yaml
      """)

  @OptionGroup var configuration: ConfigurationOption

  @Option(help: "text or json.")
  var format = Format.text

  @Flag(help: "Judge a configuration where its secrets are not.")
  var noSecrets = false

  @Option(
    help: ArgumentHelp(
      "The organization's file: then --config is one team's, which is judged by its rules.", valueName: "gateway.yaml"))
  var organization: String?

  private var machine: MachineProbe {
    MachineProbe(
      listening: { address in
        switch ListeningSocket.unavailability(of: address) {
        case .other(let reason): return judged(reason, "can't listen on \(address)")
        case .inUse:
          Self.warn("\(address) is in use now; serve can't listen on it until that ends")
          return nil
        case nil: return nil
        }
      },
      ledger: { settings in
        if case .postgres(let place) = settings.place {
          // Where the secrets aren't, the database isn't either.
          return noSecrets
            ? MachineProbe.LedgerFinding()
            : DatabaseProbe.look(
              at: place, keepingAudit: settings.keepAudit, environment: ProcessEnvironment.current)
        }
        do throws(LedgerError) {
          if let advice = try SQLiteStorage.check(settings) { Self.warn(advice) }
          return MachineProbe.LedgerFinding()
        } catch {
          return MachineProbe.LedgerFinding(unavailability: judged(error.message, settings.key))
        }
      },
      sink: { sink, ledger in
        let refusal = SQLiteStorage.refusal(of: sink, ledger: ledger) { name in
          guard !noSecrets, case .postgres(let place) = ledger.place else { return nil }
          return DatabaseProbe.evidence(of: name, at: place, environment: ProcessEnvironment.current)
        }
        return refusal.flatMap { judged($0, "audit.sinks") }
      })
  }

  /// What stands in the way of serving on this machine: an error where the configuration is to be served here.
  private func judged(_ unavailability: String, _ what: String) -> String? {
    guard noSecrets else { return unavailability }
    Self.warn("on this machine, \(what): \(unavailability)")
    return nil
  }

  private static func warn(_ text: String) { StandardStream.error.writeLine("warning: \(text)") }

  func run() throws {
    StandardStream.keepOut(of: [configuration.resolvedPath])
    do {
      if let organization { return print(try load(within: organization), secretsChecked: false) }
      let loaded = try ConfigurationLoader.load(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current, checksSecrets: !noSecrets,
        machine: machine, claimed: StandardStream.keepOut)
      do throws(StartError) {
        // What GnuTLS makes of certificates and keys.
        if !noSecrets { _ = try Listeners.credentials(of: loaded) }
        for warning in try DescriptorBudget.ofServing(loaded).warnings { Self.warn(warning) }
      } catch {
        guard noSecrets else { throw error }
        Self.warn("on this machine, \(error)")
      }
      print(loaded, secretsChecked: !noSecrets)
    } catch let error as StartError {
      StandardStream.error.writeLine("error: \(error)")
      throw ExitCode.failure
    } catch let error as ConfigurationErrors {
      switch format {
      case .text: StandardStream.error.writeLine(error.description)
      case .json: StandardStream.output.writeLine(error.json)
      }
      throw ExitCode.failure
    }
  }

  private func load(within organization: String) throws(ConfigurationErrors) -> GatewayConfiguration {
    StandardStream.keepOut(of: [organization])
    return try ConfigurationLoader.load(
      path: organization, environment: ProcessEnvironment.current, checksSecrets: false,
      team: configuration.resolvedPath, claimed: StandardStream.keepOut)
  }

  private func print(_ loaded: GatewayConfiguration, secretsChecked: Bool) {
    for warning in loaded.warnings { StandardStream.error.writeLine(warning) }
    let report = ConfigurationReport(loaded, secretsChecked: secretsChecked)
    switch format {
    case .text: StandardStream.output.writeLine(report.text)
    case .json: StandardStream.output.writeLine(report.json)
    }
  }
}
