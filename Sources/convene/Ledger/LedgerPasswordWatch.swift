internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging
internal import Synchronization

/// Reads the password of the ledger's database at the start, and one in a file again while the gateway runs: connections that are
/// made from then on show it, and the one there is stays.
final class LedgerPasswordWatch {
  /// What is shown, for any thread.
  private final class Current: Sendable {
    let password: Mutex<Secret>

    init(_ password: Secret) { self.password = Mutex(password) }
  }

  private let current: Current?
  /// nil where none is shown.
  private var file: SecretFile?
  private let log: Logger

  init(_ place: LedgerPlace, environment: [String: String], log: Logger) throws {
    self.log = log
    guard case .postgres(let place) = place, let source = place.password else {
      current = nil
      return
    }
    let password = try place.readPassword(environment: environment)
    current = password.map(Current.init)
    file = password.map {
      SecretFile(source, as: "password", holding: $0, environment: environment, mayHaveSpaces: true)
    }
  }

  /// To be asked at each connection; nil where none is shown.
  var password: (@Sendable () -> Secret?)? {
    guard let current else { return nil }
    return { current.password.withLock { $0 } }
  }

  /// Called about once a second, off the request path.
  func refresh() {
    guard let new = file?.look(log) else { return }
    current?.password.withLock { $0 = new }
    log.info("the ledger's password was read anew")
  }
}

extension PostgresPlace {
  /// - Returns: nil where none is to be shown.
  func readPassword(environment: [String: String]) throws(TokenError) -> Secret? {
    try password?.resolve(environment: environment, as: "password", mayHaveSpaces: true)
  }
}
