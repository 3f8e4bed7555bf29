internal import Gateway

extension FileReader {
  static let secretKeys = ["env", "file"]

  /// Where a secret is: `{env: NAME}` or `{file: PATH}`.
  ///
  /// - Parameters:
  ///   - name: of the value, for errors.
  ///   - noun: what the secret is.
  func secretSource(_ value: YAMLValue, _ name: String, noun: String) -> TokenSource? {
    if case .string = value.content {
      report(
        value,
        "\(name): a \(noun) never stands in a configuration; name where it is: env: NAME or file: PATH"
          + value.text.leakAdvice)
      return nil
    }
    guard let section = section(value, name, known: Self.secretKeys) else { return nil }
    switch (section["env"], section["file"]) {
    case (let variable?, nil):
      guard let text = text(variable, "\(name).env") else { return nil }
      let isName = text.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "_"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte != text.utf8.first
        default: false
        }
      }
      guard isName else {
        // What stands here may be the secret itself, so it is not quoted.
        report(variable, "\(name).env must be the name of an environment variable\(text.leakAdvice)")
        return nil
      }
      // A token of Telnyx's has only what may stand in a name, too.
      guard !(text.looksLikeSecret && text.utf8.starts(with: "KEY".utf8)) else {
        report(variable, "\(name).env must be the name of an environment variable\(text.leakAdvice)")
        return nil
      }
      return .environment(text)
    case (nil, let path?):
      return text(path, "\(name).file").map { .file(FilePath.resolve($0, relativeTo: file)) }
    default:
      report(value, "\(name): each entry must have either env or file")
      return nil
    }
  }
}

extension String {
  /// Whether this may be a key or a token that somebody has pasted: long, without a space, with a digit in it, and no path.
  var looksLikeSecret: Bool {
    utf8.starts(with: "convene_".utf8)
      || utf8.count >= 24 && utf8.contains { (0x30...0x39).contains($0) }
        && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
  }

  var leakAdvice: String { looksLikeSecret ? "; this looks like the secret itself: treat it as leaked" : "" }
}
