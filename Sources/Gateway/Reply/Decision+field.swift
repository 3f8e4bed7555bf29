internal import Conference
internal import Policy

extension [Decision.Change] {
  /// The `Convene-Policy` list (RFC 9651): `beep_enabled;default, max_participants;clamped`.
  func writeParameterized(to text: inout [UInt8]) {
    for index in indices {
      if index > 0 { text.append(contentsOf: ", ".utf8) }
      text.append(contentsOf: self[index].field.name.utf8)
      text.append(UInt8(ascii: ";"))
      text.append(contentsOf: self[index].kind.rawValue.utf8)
    }
  }
}
