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
  /// As they were a moment ago, where they have changed since then, and since when they do.
  private var changing: (files: ConfigurationFiles, since: MonotonicTime)?
  /// Why the last reading failed, and when it is tried again: what was wrong may be mended in files that nobody watches, such as
  /// those of tokens, or those that only the new configuration names.
  private var failure: (errors: [String], next: MonotonicTime)?

  /// However often somebody writes there, it is read after so long: a file that isn't whole is refused, and read again.
  private static let longestChange: Duration = .seconds(5)
  private static let timeBetweenTries: Duration = .seconds(10)

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
    let files = ConfigurationFiles(of: current, at: path)
    guard files != read else {
      changing = nil
      return false
    }
    let now = MonotonicTime.now
    let since = changing?.since ?? now
    defer { changing = (files, since) }
    return files == changing?.files || now >= since + Self.longestChange
  }

  /// Whether a reading that failed is to be tried again. To be asked about once a second.
  func isToBeTriedAgain() -> Bool { failure.map { MonotonicTime.now >= $0.next } ?? false }

  /// - Parameter take: puts another configuration in force; where that throws, nothing has changed.
  /// - Returns: nil where it was tried again and failed for the same reasons: nobody needs to hear that.
  func tryAgain(_ take: (GatewayConfiguration) throws -> Void) -> ReloadReport? {
    let before = failure?.errors
    let report = run(isTriedAgain: true, take)
    return report.result == .failed && report.errors == before ? nil : report
  }

  func run(_ take: (GatewayConfiguration) throws -> Void) -> ReloadReport { run(isTriedAgain: false, take) }

  private func run(isTriedAgain: Bool, _ take: (GatewayConfiguration) throws -> Void) -> ReloadReport {
    // Before they are read: what is written meanwhile is a change.
    read = ConfigurationFiles(of: current, at: path)
    changing = nil
    do {
      let new = try ConfigurationLoader.loadAtRest(path: path, environment: environment, inForce: current)
      let keys = current.restartNeeded(for: new)
      guard keys.isEmpty else {
        return failed(keys.map { "\(path): \($0) was changed, which needs a restart" }, isTriedAgain)
      }
      guard new.files != current.files || new.tlsFiles != current.tlsFiles || new.revision != current.revision else {
        if failure != nil {
          log.notice(
            "the configuration says again what is in force", metadata: ["configuration": "\(current.revision)"])
        }
        failure = nil
        return ReloadReport(.unchanged, at: .now, revision: current.revision)
      }
      try take(new)
      failure = nil
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
      return failed(errors.lines, isTriedAgain)
    } catch {
      return failed(["\(error)".withoutSecrets], isTriedAgain)
    }
  }

  private func failed(_ errors: [String], _ isTriedAgain: Bool) -> ReloadReport {
    let report = ReloadReport(.failed, at: .now, revision: current.revision, errors: errors)
    let isKnown = isTriedAgain && report.errors == failure?.errors
    failure = (report.errors, .now + Self.timeBetweenTries)
    if isKnown { return report }
    log.error(
      "the configuration can't be read anew; what was in force stays so",
      metadata: ["configuration": "\(report.revision)", "errors": .array(report.errors.map { "\($0)" })])
    return report
  }
}
