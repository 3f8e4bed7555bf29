internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging
internal import Upstream

/// Reads the tokens at the start, and those in files again while the gateway runs: a rotated secret needs no restart.
final class TokenWatch {
  let store: TokenStore

  private let environment: [String: String]
  private let tokens: [Secret]
  /// In the order of the configuration, and under which number the token of each is in the store.
  private var files: [SecretFile]
  private var numbers: [Int]
  /// Under which numbers each token that there ever was is in the store, by its SHA-256: more than one where it was in several
  /// places at once.
  private var all: [[UInt8]: [Int]] = [:]
  private let log: Logger

  init(_ sources: [TokenSource], environment: [String: String], log: Logger) throws {
    self.environment = environment
    self.log = log
    tokens = try sources.map { try $0.resolve(environment: environment) }
    store = TokenStore(tokens)
    files = zip(sources, tokens).map { source, token in
      SecretFile(source, as: "token", holding: token, environment: environment)
    }
    numbers = Array(tokens.indices)
    for (file, number) in zip(files, numbers) { all[file.digest, default: []].append(number) }
  }

  /// The names of the tokens of the start.
  ///
  /// - Parameter key: of the ledger, which keeps these names.
  func digests(keyedBy key: [UInt8]) -> [TokenDigest] { tokens.map { Self.digest($0, keyedBy: key) } }

  private static func digest(_ token: Secret, keyedBy key: [UInt8]) -> TokenDigest {
    TokenDigest(bytes: Array(MessageAuthentication(key: key).code(of: token.reveal()).prefix(16)))
  }

  /// Called about once a second, off the request path.
  ///
  /// - Parameter key: as for `digests`.
  func refresh(_ health: UpstreamHealth, keyedBy key: [UInt8]) {
    for index in files.indices {
      guard let token = files[index].look(log) else { continue }
      var others = numbers
      others.remove(at: index)
      numbers[index] = number(of: token, files[index].digest, besides: others, health, keyedBy: key)
      use(numbers, health)
      log.info("token was read anew", metadata: ["token": .stringConvertible(index + 1)])
    }
  }

  /// Other sources take the place of those so far. A token that is in use already keeps its number.
  ///
  /// - Throws: where one can't be read; then all stays as it is.
  func use(_ sources: [TokenSource], _ health: UpstreamHealth, keyedBy key: [UInt8]) throws {
    guard sources != files.map(\.source) else { return }
    let tokens = try sources.map { try $0.resolve(environment: environment) }
    let old = files
    files = zip(sources, tokens).map { source, token in
      guard var file = old.first(where: { $0.source == source }) else {
        return SecretFile(source, as: "token", holding: token, environment: environment)
      }
      file.take(token)
      return file
    }
    var numbers: [Int] = []
    for (file, token) in zip(files, tokens) {
      numbers.append(number(of: token, file.digest, besides: numbers, health, keyedBy: key))
    }
    self.numbers = numbers
    use(numbers, health)
  }

  /// Replies are searched for them first, and then one is sent.
  private func use(_ numbers: [Int], _ health: UpstreamHealth) {
    store.use(numbers)
    health.use(tokens: numbers)
  }

  /// One that was in use before has a number: a token that comes and goes takes no more room each time.
  ///
  /// - Parameter taken: numbers of other places.
  private func number(
    of token: Secret, _ digest: [UInt8], besides taken: [Int], _ health: UpstreamHealth, keyedBy key: [UInt8]
  ) -> Int {
    let free = all[digest, default: []].filter { !taken.contains($0) }
    if let known = free.first(where: numbers.contains) ?? free.first { return known }
    let number = store.add(token)
    health.add(token: number, Self.digest(token, keyedBy: key))
    all[digest, default: []].append(number)
    return number
  }
}
