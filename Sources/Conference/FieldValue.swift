package import JSON

/// The value of one known field, of the type that its row asks for.
package enum FieldValue: Sendable {
  case string(String)
  case boolean(Bool)
  case integer(Int64)

  package var string: String? { if case .string(let string) = self { string } else { nil } }
  package var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }

  package var json: JSONValue {
    switch self {
    case .string(let string): .string(string)
    case .boolean(let boolean): .boolean(boolean)
    case .integer(let integer): .integer(integer)
    }
  }

  package func write(to writer: inout JSONWriter) {
    switch self {
    case .string(let string): writer.value(string)
    case .boolean(let boolean): writer.value(boolean)
    case .integer(let integer): writer.value(integer)
    }
  }
}

extension FieldValue: Equatable {
  /// Bytes are compared, not characters: what Swift's `==` calls equal may be two values to Telnyx.
  package static func == (left: FieldValue, right: FieldValue) -> Bool {
    switch (left, right) {
    case (.string(let left), .string(let right)): left.hasSameBytes(as: right)
    case (.boolean(let left), .boolean(let right)): left == right
    case (.integer(let left), .integer(let right)): left == right
    default: false
    }
  }
}

extension FieldValue: CustomStringConvertible {
  package var description: String {
    switch self {
    case .string(let string): string
    case .boolean(let boolean): boolean ? "true" : "false"
    case .integer(let integer): String(integer)
    }
  }
}
