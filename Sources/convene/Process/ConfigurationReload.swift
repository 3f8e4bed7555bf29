internal import Configuration
internal import EventLoop
internal import Gateway
internal import Logging

/// The configuration in force, and the reading of it anew while the gateway serves: all of it is taken, or nothing. Belongs to
/// the thread that waits for signals.
final class ConfigurationReload {
  private(set) var current: GatewayConfiguration
  private let path: String
  private let environment: [String: String]
  private let log: Logger
  /// The files as they were before they were read last, whatever came of it; nil = they are to be read again.
  private var read: ConfigurationFiles?
  /// As they were a moment ago, where they have changed since then.
  private var changing: ConfigurationFiles?

  /// - Parameter path: where `current` was read.
  init(_ current: GatewayConfiguration, path: String, environment: [String: String], log: Logger) {
    self.current = current
    self.path = path
    self.environment = environment
    self.log = log
    // It was read a while ago: the ledger has been recovered since.
    let files = ConfigurationFiles(of: current, at: path)
    read = files.haveContents(of: current) ? files : nil
  }

  /// Whether a file was changed and nobody writes there any more. To be asked about once a second.
  func isDue() -> Bool {
    let now = ConfigurationFiles(of: current, at: path)
    defer { changing = now == read ? nil : now }
    return now != read && now == changing
  }

  /// - Parameter take: puts another configuration in force; where that throws, nothing has changed.
  func run(_ take: (GatewayConfiguration) throws -> Void) -> ReloadReport {
    // Before they are read: what is written meanwhile is a change.
    read = ConfigurationFiles(of: current, at: path)
    changing = nil
    do {
      let new = try ConfigurationLoader.load(path: path, environment: environment, inForce: current)
      let keys = current.restartNeeded(for: new)
      guard keys.isEmpty else { return failed(keys.map { "\(path): \($0) was changed, which needs a restart" }) }
      guard new.files != current.files || new.tlsFiles != current.tlsFiles || new.revision != current.revision else {
        return ReloadReport(.unchanged, at: .now, revision: current.revision)
      }
      try take(new)
      // Which files there are was not known before.
      let areSame =
        new.teamPatterns == current.teamPatterns && new.tlsFiles.map(\.path) == current.tlsFiles.map(\.path)
      if !areSame { read = nil }
      current = new
      for warning in new.warnings {
        log.warning("legal in the configuration, and hardly meant so", metadata: ["warning": "\(warning)"])
      }
      log.notice(
        "the configuration was read anew",
        metadata: ["configuration": "\(new.revision)", "teams": .stringConvertible(new.teams.count)])
      return ReloadReport(.reloaded, at: .now, revision: new.revision)
    } catch let errors as ConfigurationErrors {
      return failed(errors.description.split(separator: "\n").map(String.init))
    } catch {
      return failed(["\(error)"])
    }
  }

  private func failed(_ errors: [String]) -> ReloadReport {
    log.error(
      "the configuration can't be read anew; what was in force stays so",
      metadata: ["configuration": "\(current.revision)", "errors": .array(errors.map { "\($0)" })])
    return ReloadReport(.failed, at: .now, revision: current.revision, errors: errors)
  }
}
