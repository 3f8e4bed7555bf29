internal import Crypto
internal import Gateway

extension FileReader {
  static let callerKeys = ["name", "key_sha256", "unix_uid", "anonymous"]
  /// The last is nobody's: chown(2) takes it for "unchanged".
  static let userIDs = 0...4_294_967_294

  func callers(_ value: YAMLValue) -> [ReadCaller] {
    var callers: [ReadCaller] = []
    var names: [String: Position] = [:]
    for element in list(value, "callers") {
      guard let section = section(element, "callers", known: Self.callerKeys) else { continue }
      let name = section.required("name").flatMap { identifier($0, "callers.name") }
      if let name, let place = section["name"] {
        if let first = names[name] {
          report(place, "callers: there is a caller named \(name) already (\(self.place(first)))")
        } else {
          names[name] = place.position
        }
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

  /// Quotes nothing: what stands here may be the key.
  private func reportDigest(_ value: YAMLValue) {
    let length = value.text.utf8.count
    let isHex = value.text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
    // Of the right length it is a digest with a slip of the pen in it.
    if value.text.looksLikeSecret, !isHex, length != 64 {
      report(
        value,
        "callers.key_sha256 looks like the key itself: treat it as leaked, make another one (convene key new), and put the"
          + " SHA-256 of that here, 64 hex digits")
    } else {
      let found = isHex ? ", has \(length)" : ""
      report(value, "callers.key_sha256 must be 64 hex digits, the SHA-256 of the key\(found)")
    }
  }

  private func credential(_ key: String, _ value: YAMLValue) -> Caller.Credential? {
    switch key {
    case "key_sha256":
      // Without quotes a digest of digits alone is a number to YAML; its characters are the same.
      guard value.text.utf8.count == 64, let digest = [UInt8](hex: value.text) else {
        reportDigest(value)
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
