internal import ArgumentParser
internal import Configuration
internal import Gateway
internal import Glibc

/// Which configuration a command is about.
struct ConfigurationOption: ParsableArguments {
  @Option(
    name: .customLong("config"),
    help: ArgumentHelp(
      "The operator's file.", discussion: "Defaults to $CONVENE_CONFIG, then /etc/convene/gateway.yaml.",
      valueName: "gateway.yaml"))
  var path: String?

  var resolvedPath: String { path ?? ProcessEnvironment.current["CONVENE_CONFIG"] ?? "/etc/convene/gateway.yaml" }
}

/// The environment as it was when the process started.
enum ProcessEnvironment {
  static let current: [String: String] = {
    var variables: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
      let parts = String(cString: text).split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2 { variables[String(parts[0])] = String(parts[1]) }
      entry += 1
    }
    return variables
  }()
}
