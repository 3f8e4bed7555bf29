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
        value, "\(name): a \(noun) never stands in a configuration; name where it is: env: NAME or file: PATH")
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
        report(variable, "\(name).env must be the name of an environment variable")
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
