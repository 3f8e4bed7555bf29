internal import Conference
internal import JSON
internal import Policy

extension [Decision.Change] {
  /// The `Convene-Policy` list (RFC 9651): `beep_enabled;default, max_participants;clamped`.
  func writeParameterized(to text: inout [UInt8]) {
    for index in indices {
      if index > 0 { text.append(constant: ", ") }
      text.append(text: self[index].field.name)
      text.append(constant: ";")
      text.append(text: self[index].kind.rawValue)
    }
  }
}
