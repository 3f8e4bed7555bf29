internal import JSON

extension JSONValue {
  /// Indented by two, with a newline at the end: for files that people read. Short lists of scalars stay on one line.
  var prettyText: String { pretty(indent: 0) + "\n" }

  private func pretty(indent: Int) -> String {
    let inner = String(repeating: " ", count: indent + 2)
    let outer = String(repeating: " ", count: indent)
    switch self {
    case .object(let object) where !object.isEmpty:
      let members = object.members.map { member in
        "\(inner)\(JSONValue.string(member.key).pretty(indent: 0)): \(member.value.pretty(indent: indent + 2))"
      }
      return "{\n\(members.joined(separator: ",\n"))\n\(outer)}"
    case .array(let array) where array.contains { $0.object != nil }:
      let elements = array.map { inner + $0.pretty(indent: indent + 2) }
      return "[\n\(elements.joined(separator: ",\n"))\n\(outer)]"
    case .array(let array): return "[" + array.map { $0.pretty(indent: 0) }.joined(separator: ", ") + "]"
    default: return String(decoding: text, as: UTF8.self)
    }
  }
}
