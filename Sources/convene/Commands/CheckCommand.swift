internal import ArgumentParser
internal import Configuration
internal import Gateway
internal import Ledger

struct CheckCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Judge a configuration as serve would, and print each team's effective policy.",
    discussion: """
      Prints every error with file, line and column and exits 1; prints who may call and what holds for them, and exits 0, \
      where all is well. Warns where no ledger can be kept on this machine.
      """)

  @OptionGroup var configuration: ConfigurationOption

  @Option(help: "text or json.")
  var format = Format.text

  func run() throws {
    do throws(ConfigurationErrors) {
      let loaded = try ConfigurationLoader.load(
        path: configuration.resolvedPath, environment: ProcessEnvironment.current)
      let report = ConfigurationReport(loaded)
      switch format {
      case .text: StandardStream.output.writeLine(report.text)
      case .json: StandardStream.output.writeLine(report.json)
      }
      // Not an error: a configuration is checked elsewhere than where it is served, too.
      if let advice = SQLiteLedger.advice(on: loaded.ledger) { StandardStream.error.writeLine("warning: \(advice)") }
    } catch {
      switch format {
      case .text: StandardStream.error.writeLine(error.description)
      case .json: StandardStream.output.writeLine(error.json)
      }
      throw ExitCode.failure
    }
  }
}
