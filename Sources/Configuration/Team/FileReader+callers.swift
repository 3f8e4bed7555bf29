internal import Gateway

extension FileReader {
  static let callerKeys = ["name", "key_sha256", "unix_uid", "tls_san", "anonymous"]
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
        report(element, "callers: each must have exactly one of key_sha256, unix_uid, tls_san and anonymous")
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
      return keyDigest(value, "callers.key_sha256").map { .key(digest: $0) }
    case "unix_uid":
      return integer(value, "callers.unix_uid", in: Self.userIDs).map { .unixUser(UInt32($0)) }
    case "tls_san": return certificateName(value).map { .certificate($0) }
    default:
      guard let isAnonymous = boolean(value, "callers.anonymous") else { return nil }
      guard isAnonymous else {
        report(value, "callers.anonymous can only be true; leave it out otherwise")
        return nil
      }
      return .anonymous
    }
  }

  /// A URI has a colon in it, and a DNS name none.
  private func certificateName(_ value: YAMLValue) -> CertificateName? {
    guard let text = text(value, "callers.tls_san") else { return nil }
    let bytes = Array(text.utf8)
    guard !bytes.contains(UInt8(ascii: "*")) else {
      report(
        value, "callers.tls_san must be one name: one with a wildcard is nobody's, neither here nor in a certificate")
      return nil
    }
    let isURI = bytes.contains(UInt8(ascii: ":"))
    guard bytes.count <= 2048, let name = isURI ? CertificateName(uri: bytes) : CertificateName(dns: bytes) else {
      report(
        value,
        "callers.tls_san must be a URI (spiffe://example/ns/voice/sa/pbx) or a DNS name (pbx.voice.example) of the"
          + " certificate's subject alternative names; neither an IP address nor a common name counts")
      return nil
    }
    return name
  }
}
