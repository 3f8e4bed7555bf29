internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging
internal import Upstream

/// Reads the tokens at the start, and those in files again while the gateway runs: a rotated secret needs no restart.
final class TokenWatch {
  let store: TokenStore

  private var sources: [TokenSource]
  private let environment: [String: String]
  private let tokens: [Secret]
  /// Of each source, what was read last, and under which number it is in the store.
  private var known: [[UInt8]]
  private var numbers: [Int]
  private var files: SecretFiles
  private let log: Logger

  init(_ sources: [TokenSource], environment: [String: String], log: Logger) throws {
    self.sources = sources
    self.environment = environment
    self.log = log
    files = SecretFiles(environment: environment, log: log)
    tokens = try sources.map { try $0.resolve(environment: environment) }
    store = TokenStore(tokens)
    known = tokens.map { Digest.sha256($0.reveal()) }
    numbers = Array(tokens.indices)
  }

  /// The names of the tokens of the start.
  ///
  /// - Parameter key: of the ledger, which keeps these names.
  func digests(keyedBy key: [UInt8]) -> [TokenDigest] { tokens.map { Self.digest($0, keyedBy: key) } }

  private static func digest(_ token: Secret, keyedBy key: [UInt8]) -> TokenDigest {
    TokenDigest(bytes: Array(MessageAuthentication(key: key).code(of: token.reveal()).prefix(16)))
  }

  /// Called about once a second, off the request path. A file that can't be read leaves the token as it is.
  ///
  /// - Parameter key: as for `digests`.
  func refresh(_ health: UpstreamHealth, keyedBy key: [UInt8]) {
    for (index, source) in sources.enumerated() {
      guard let token = files.read(source) else { continue }
      let digest = Digest.sha256(token.reveal())
      guard digest != known[index] else { continue }
      known[index] = digest
      numbers[index] = add(token, health, keyedBy: key)
      health.use(tokens: numbers)
      log.info("token was read anew", metadata: ["token": .stringConvertible(index + 1)])
    }
  }

  /// Other sources take the place of those so far. A token that is in use already keeps its number.
  ///
  /// - Throws: where one can't be read; then all stays as it is.
  func use(_ sources: [TokenSource], _ health: UpstreamHealth, keyedBy key: [UInt8]) throws {
    guard sources != self.sources else { return }
    let tokens = try sources.map { try $0.resolve(environment: environment) }
    let digests = tokens.map { Digest.sha256($0.reveal()) }
    let numbers = zip(tokens, digests).map { token, digest in
      known.firstIndex(of: digest).map { self.numbers[$0] } ?? add(token, health, keyedBy: key)
    }
    (self.sources, known, self.numbers) = (sources, digests, numbers)
    health.use(tokens: numbers)
  }

  /// - Returns: its number.
  private func add(_ token: Secret, _ health: UpstreamHealth, keyedBy key: [UInt8]) -> Int {
    let number = store.add(token)
    health.add(token: number, Self.digest(token, keyedBy: key))
    return number
  }
}
