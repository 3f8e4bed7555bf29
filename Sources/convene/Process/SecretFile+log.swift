internal import Configuration
internal import Crypto
internal import Gateway
internal import Logging

extension SecretFile {
  /// Looks, and says what an operator must know.
  ///
  /// - Returns: another secret than is in use, which is to be used from now on.
  mutating func look(_ log: Logger) -> Secret? {
    let finding = look()
    guard case .file(let path) = source else { return nil }
    switch finding {
    case .same: return nil
    case .changed(let secret): return secret
    case .usable(let secret):
      log.notice("a secret's file can be read again", metadata: ["file": "\(path)"])
      return secret
    case .unusable(let reason):
      log.error(
        "a secret's file can't be read; what was read last stays in use",
        metadata: ["file": "\(path)", "error": "\(reason)"])
      return nil
    }
  }
}
