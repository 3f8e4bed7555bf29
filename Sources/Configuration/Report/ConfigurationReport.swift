internal import Conference
internal import Crypto
package import Gateway
internal import Policy

/// What `convene check` shows of a configuration that is right: who may call, and what holds for them.
///
/// Holds nothing secret: of a key only the beginning of its digest, of a token only where it is.
package struct ConfigurationReport: Sendable {
  let configuration: GatewayConfiguration
  let secretsChecked: Bool

  /// - Parameter secretsChecked: whether tokens and keys were found to be there, which is told where they were not.
  package init(_ configuration: GatewayConfiguration, secretsChecked: Bool = true) {
    self.configuration = configuration
    self.secretsChecked = secretsChecked
  }
}

extension LimitRule {
  /// `20 every 1s, burst 40, per caller, for read, join`
  var text: String {
    let calls = calls == .create ? "" : ", for \(calls.text)"
    return "\(allow) every \(every.text), burst \(burst), per \(per.rawValue)\(calls)"
  }
}

extension CallRules {
  /// `create, read, join; scope own`
  var text: String { "\(allowed.text); scope \(scope.rawValue)" }
}

extension CallSet {
  /// As a file could have it: a group where all of it is there.
  fileprivate var text: String {
    guard self != .all else { return "all" }
    var words: [String] = []
    for call in calls {
      let group = call.specification.group
      let isWhole = group?.calls.allSatisfy(contains) == true
      let word = isWhole ? group?.rawValue ?? call.name : call.name
      if !words.contains(word) { words.append(word) }
    }
    return words.joined(separator: ", ")
  }
}

extension Caller.Credential {
  /// The configuration's word for it.
  var kind: String {
    switch self {
    case .key: "key_sha256"
    case .unixUser: "unix_uid"
    case .certificate: "tls_san"
    case .anonymous: "anonymous"
    }
  }

  /// Enough to tell two of them apart.
  var hint: String {
    switch self {
    case .key(let digest): String(digest.hex.prefix(8)) + "..."
    case .unixUser(let id): String(id)
    case .certificate(let name): name.description
    case .anonymous: ""
    }
  }
}

extension TokenSource {
  /// Where the token is; not what it is.
  var text: String {
    switch self {
    case .environment(let name): "env \(name)"
    case .file(let path): "file \(path)"
    case .credential(let name): "credential \(name)"
    }
  }
}

extension ListenSettings {
  /// `0.0.0.0:8443 (tls, with callers' certificates)`
  var text: String {
    guard let tls else { return address.description }
    return "\(address) (tls\(tls.clientAuthorities == nil ? "" : ", with callers' certificates"))"
  }
}
