internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging
internal import Upstream

/// Reads the tokens at the start, and those in files again while the gateway runs: a rotated secret needs no restart.
final class TokenWatch {
  let store: TokenStore

  private let sources: [TokenSource]
  private let environment: [String: String]
  private var known: [[UInt8]]
  private let log: Logger

  init(_ sources: [TokenSource], environment: [String: String], log: Logger) throws {
    self.sources = sources
    self.environment = environment
    self.log = log
    let tokens = try sources.map { try $0.resolve(environment: environment) }
    store = TokenStore(tokens)
    known = tokens.map { Digest.sha256($0.reveal()) }
  }

  /// Called about once a second, off the request path. A file that can't be read leaves the token as it is.
  func refresh() {
    for (index, source) in sources.enumerated() {
      guard case .file(let path) = source, let token = try? source.resolve(environment: environment) else { continue }
      let digest = Digest.sha256(token.reveal())
      guard digest != known[index] else { continue }
      known[index] = digest
      store.replace(at: index, with: token)
      log.info("token was read anew", metadata: ["file": "\(path)"])
    }
  }
}
