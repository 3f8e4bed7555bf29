/// A value of a YAML file, with its place. Plain words are typed as YAML 1.2's core schema has it, so `yes`, `no` and
/// `on` are texts, not booleans; what stands in quotes is always a text.
struct YAMLValue {
  enum Content {
    case null
    case boolean(Bool)
    case integer(Int64)
    /// A number that is no 64-bit integer.
    case otherNumber
    case string
    case sequence([YAMLValue])
    case mapping([YAMLMember])
  }

  let position: Position
  let content: Content
  /// A scalar's characters; empty for all else.
  let text: String

  /// A member of a mapping; nil where there is none, or no mapping.
  subscript(key: String) -> YAMLValue? {
    guard case .mapping(let members) = content else { return nil }
    return members.first { $0.key == key }?.value
  }

  /// To follow "is".
  var noun: String {
    switch content {
    case .null: "empty"
    case .boolean(let boolean): "the boolean \(boolean)"
    case .integer, .otherNumber: "the number \(text.quoted)"
    case .string: "a text"
    case .sequence: "a list"
    case .mapping: "a mapping"
    }
  }
}

/// A member of a mapping.
struct YAMLMember {
  let key: String
  let position: Position
  let value: YAMLValue
  /// The key stood in this mapping before.
  let isRepeated: Bool
}

extension String {
  /// Short enough to be quoted in an error.
  package var shortened: String {
    unicodeScalars.count <= 60 ? self : String(String.UnicodeScalarView(unicodeScalars.prefix(57))) + "..."
  }
}
