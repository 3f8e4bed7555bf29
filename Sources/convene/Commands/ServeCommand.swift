internal import ArgumentParser
internal import Configuration
internal import Gateway
internal import Glibc
internal import Logging

struct ServeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "serve", abstract: "Serve until SIGTERM or SIGINT, then finish what is under way.",
    discussion: """
      Logs go to standard error as JSON lines, audit records to standard output where the configuration says so. A line \
      {"message":"listening","address":...} tells each address, then {"message":"ready",...} that all is open.
      """)

  @OptionGroup var configuration: ConfigurationOption

  @Option(
    help: """
      From which level on the log has lines; at debug each request is one. Defaults to $CONVENE_LOG_LEVEL, then info.
      """)
  var logLevel: LogLevel?

  func run() throws {
    // Before any thread starts, so that all inherit the mask and only this one takes signals; and before anything that takes
    // time, which they wait for.
    var signals = Signals([SIGHUP, Order.signal])
    let environment = ProcessEnvironment.current
    ProcessHardening.apply()
    let threshold = LogThreshold(try logLevel?.level ?? Self.level(environment["CONVENE_LOG_LEVEL"]))
    defer { LogWriter.standardError.flush() }
    let log = Logger(label: "convene") { _ in JSONLogHandler(threshold: threshold) }
    StandardStream.keepOut(of: [configuration.resolvedPath])
    let gateway: GatewayConfiguration
    do throws(ConfigurationErrors) {
      gateway = try ConfigurationLoader.loadAtRest(
        path: configuration.resolvedPath, environment: environment, claimed: StandardStream.keepOut)
    } catch {
      StandardStream.error.writeLine(error.description)
      throw ExitCode.failure
    }
    for warning in gateway.warnings {
      log.warning("legal in the configuration, and hardly meant so", metadata: ["warning": "\(warning)"])
    }
    guard signals.takeStop() == nil else { return log.info("stopped before it served") }
    do {
      try Server(
        configuration: gateway, path: configuration.resolvedPath, environment: environment, log: log,
        threshold: threshold
      ).run(&signals)
    } catch {
      log.critical("can't start", metadata: ["error": "\("\(error)".withoutSecrets)"])
      throw ExitCode.failure
    }
  }

  private static func level(_ text: String?) throws -> Logger.Level {
    guard let text, !text.isEmpty else { return .info }
    guard let level = Logger.Level(rawValue: text) else {
      throw ValidationError("CONVENE_LOG_LEVEL is no log level: \(text); one of \(LogThreshold.names)")
    }
    return level
  }
}

/// A log level on the command line.
struct LogLevel: ExpressibleByArgument {
  let level: Logger.Level

  static let allValueStrings = Logger.Level.allCases.map(\.rawValue)

  init?(argument: String) {
    guard let level = Logger.Level(rawValue: argument) else { return nil }
    self.level = level
  }
}
