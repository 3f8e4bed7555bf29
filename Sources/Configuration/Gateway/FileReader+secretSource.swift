internal import Gateway

extension FileReader {
  static let secretKeys = ["env", "file", "credential"]

  /// Where a secret is: `{env: NAME}`, `{file: PATH}` or `{credential: NAME}`.
  ///
  /// - Parameters:
  ///   - name: of the value, for errors.
  ///   - noun: what the secret is.
  func secretSource(_ value: YAMLValue, _ name: String, noun: String) -> TokenSource? {
    if case .string = value.content {
      report(
        value,
        "\(name): a \(noun) never stands in a configuration; name where it is: env: NAME, file: PATH or credential: NAME"
          + value.text.leakAdvice)
      return nil
    }
    guard let section = section(value, name, known: Self.secretKeys) else { return nil }
    let given = Self.secretKeys.filter { section[$0] != nil }
    guard given.count == 1, let key = given.first, let place = section[key] else {
      report(value, "\(name): each entry must have exactly one of env, file and credential")
      return nil
    }
    guard let text = text(place, "\(name).\(key)") else { return nil }
    switch key {
    case "env":
      guard text.isVariableName else {
        // What stands here may be the secret itself, so it is not quoted.
        report(place, "\(name).env must be the name of an environment variable\(text.leakAdvice)")
        return nil
      }
      return .environment(text)
    case "file": return .file(FilePath.resolve(text, relativeTo: file))
    default:
      guard text.isCredentialName else {
        report(place, "\(name).credential must be the name of a credential of systemd's\(text.leakAdvice)")
        return nil
      }
      return .credential(text)
    }
  }
}

extension String {
  fileprivate var isVariableName: Bool {
    let isName = utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"): byte != utf8.first
      default: false
      }
    }
    // A token of Telnyx's has only what may stand in a name, too.
    return isName && !looksLikeToken
  }

  /// A name of a file in the directory of credentials, and of a descriptor (sd_listen_fds(3)).
  fileprivate var isCredentialName: Bool {
    let isName = utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: ":") }
    return isName && (1...255).contains(utf8.count) && self != "." && self != ".." && !looksLikeToken
  }

  private var looksLikeToken: Bool { looksLikeSecret && utf8.starts(with: "KEY".utf8) }
}
