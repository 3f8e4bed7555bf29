extension YAMLValue {
  /// YAML 1.2.2, section 10.3.2, less what nobody writes by intent: octal and hexadecimal numbers stay texts.
  static func content(of text: String, plain: Bool) -> Content {
    guard plain else { return .string }
    switch text {
    case "", "~", "null", "Null", "NULL": return .null
    case "true", "True", "TRUE": return .boolean(true)
    case "false", "False", "FALSE": return .boolean(false)
    default: break
    }
    guard isNumber(text) else { return .string }
    return Int64(text).map(Content.integer) ?? .otherNumber
  }

  /// `[-+]? ( \. [0-9]+ | [0-9]+ ( \. [0-9]* )? ) ( [eE] [-+]? [0-9]+ )?`
  private static func isNumber(_ text: String) -> Bool {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    var rest = text.utf8[...]
    func take(_ bytes: String) -> Bool {
      guard let first = rest.first, bytes.utf8.contains(first) else { return false }
      rest.removeFirst()
      return true
    }
    func takeDigits() -> Int {
      let count = rest.prefix(while: digits.contains).count
      rest.removeFirst(count)
      return count
    }
    _ = take("+-")
    let whole = takeDigits()
    let fraction = take(".") ? takeDigits() : 0
    guard whole + fraction > 0 else { return false }
    if take("eE") {
      _ = take("+-")
      guard takeDigits() > 0 else { return false }
    }
    return rest.isEmpty
  }
}
