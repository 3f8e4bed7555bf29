internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging

/// Reads secrets in files again while the gateway runs, and tells when one can't be read and when it can be again. Meanwhile
/// what was read last stays in use.
struct SecretFiles {
  /// Times in a row before it is told of: a file that is replaced may be away for a moment.
  private static let patience = 2

  private let environment: [String: String]
  private let log: Logger
  /// By path, how often in a row it could not be read.
  private var failures: [String: Int] = [:]

  init(environment: [String: String], log: Logger) {
    self.environment = environment
    self.log = log
  }

  /// - Parameter noun: what it is, for errors.
  /// - Returns: nil where it is in no file, or can't be read.
  mutating func read(_ source: TokenSource, as noun: String = "token") -> Secret? {
    guard case .file(let path) = source else { return nil }
    do throws(TokenError) {
      let secret = try source.resolve(environment: environment, as: noun)
      if failures.removeValue(forKey: path) ?? 0 >= Self.patience {
        log.notice("a secret's file can be read again", metadata: ["file": "\(path)"])
      }
      return secret
    } catch {
      failures[path, default: 0] += 1
      if failures[path] == Self.patience {
        log.error(
          "a secret's file can't be read; what was read last stays in use",
          metadata: ["file": "\(path)", "error": "\(error.message)"])
      }
      return nil
    }
  }
}
