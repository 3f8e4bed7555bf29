internal import Crypto
internal import Gateway

extension FileReader {
  static let callerKeys = ["name", "key_sha256", "unix_uid", "anonymous"]
  /// The last is nobody's: chown(2) takes it for "unchanged".
  static let userIDs = 0...4_294_967_294

  func callers(_ value: YAMLValue) -> [ReadCaller] {
    var callers: [ReadCaller] = []
    for element in list(value, "callers") {
      guard let section = section(element, "callers", known: Self.callerKeys) else { continue }
      let name = section.required("name").flatMap { identifier($0, "callers.name") }
      if let name, let place = section["name"], callers.contains(where: { $0.caller.name == name }) {
        report(place, "callers: there is a caller named \(name) already")
      }
      let given = Self.callerKeys.dropFirst().filter { section[$0] != nil }
      guard given.count == 1, let key = given.first, let place = section[key] else {
        report(element, "callers: each must have exactly one of key_sha256, unix_uid and anonymous")
        continue
      }
      guard let credential = credential(key, place), let name else { continue }
      callers.append(ReadCaller(caller: Caller(name: name, credential: credential), position: place.position))
    }
    return callers
  }

  private func credential(_ key: String, _ value: YAMLValue) -> Caller.Credential? {
    switch key {
    case "key_sha256":
      // Without quotes a digest of digits alone is a number to YAML; its characters are the same.
      guard value.text.utf8.count == 64, let digest = [UInt8](hex: value.text) else {
        report(value, "callers.key_sha256 must be 64 hex digits, the SHA-256 of the key")
        return nil
      }
      return .key(digest: digest)
    case "unix_uid":
      return integer(value, "callers.unix_uid", in: Self.userIDs).map { .unixUser(UInt32($0)) }
    default:
      guard let isAnonymous = boolean(value, "callers.anonymous") else { return nil }
      guard isAnonymous else {
        report(value, "callers.anonymous can only be true; leave it out otherwise")
        return nil
      }
      return .anonymous
    }
  }
}
