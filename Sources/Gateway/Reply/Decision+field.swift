internal import Conference
internal import Policy

extension [Decision.Change] {
  /// The `Convene-Policy` list (RFC 9651): `beep_enabled;default, max_participants;clamped`.
  var parameterized: String {
    var text: [UInt8] = []
    text.reserveCapacity(count * 32)
    for change in self {
      if !text.isEmpty { text.append(contentsOf: ", ".utf8) }
      text.append(contentsOf: change.field.name.utf8)
      text.append(UInt8(ascii: ";"))
      text.append(contentsOf: change.kind.rawValue.utf8)
    }
    return String(decoding: text, as: UTF8.self)
  }
}
