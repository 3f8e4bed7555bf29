internal import ArgumentParser
internal import Configuration
internal import Gateway

struct CheckCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case text, json
  }

  static let configuration = CommandConfiguration(
    commandName: "check", abstract: "Judge a configuration as serve would, and print each team's effective policy.",
    discussion: """
      Prints every error with file, line and column and exits 1; prints who may call and what holds for them, and exits 0, \
      where all is well.
      """)

  @OptionGroup var configuration: ConfigurationOption

  @Option(help: "text or json.")
  var format = Format.text

  func run() throws {
    do throws(ConfigurationErrors) {
      let report = ConfigurationReport(
        try ConfigurationLoader.load(path: configuration.resolvedPath, environment: ProcessEnvironment.current))
      switch format {
      case .text: StandardStream.output.writeLine(report.text)
      case .json: StandardStream.output.writeLine(report.json)
      }
    } catch {
      switch format {
      case .text: StandardStream.error.writeLine(error.description)
      case .json: StandardStream.output.writeLine(error.json)
      }
      throw ExitCode.failure
    }
  }
}
