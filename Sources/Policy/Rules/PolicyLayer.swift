package import Conference

/// The rules of one configuration file.
package struct PolicyLayer: Sendable {
  /// Whose rules these are.
  package enum Origin: Sendable, Hashable, CustomStringConvertible {
    case organization
    case team(String)

    package var description: String {
      switch self {
      case .organization: "organization"
      case .team(let name): "team \(name)"
      }
    }
  }

  package enum UnknownFields: String, Sendable, CaseIterable {
    /// What holds where nothing is said: Telnyx adds fields, and a caller may use them on that very day.
    case forward
    case reject
  }

  package let origin: Origin
  /// By `Field.index`.
  private var rules: [FieldRule?]
  package var unknownFields: UnknownFields?

  package init(origin: Origin) {
    self.origin = origin
    rules = Array(repeating: nil, count: Field.table.count)
  }

  package subscript(field: Field) -> FieldRule? {
    get { rules[field.index] }
    set { rules[field.index] = newValue }
  }
}
