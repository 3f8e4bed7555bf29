/// A JSON text as a value (RFC 8259). Members keep the order in which they stood; a parsed object never has a key twice.
package enum JSONValue: Sendable, Equatable {
  case null
  case boolean(Bool)
  /// Written without fraction or exponent, and within 64 bits.
  case integer(Int64)
  /// Any other number, as it was written: no digit is lost, and `1.0` is not `1.00`.
  case number(String)
  case string(String)
  case array([JSONValue])
  case object(JSONObject)

  package var object: JSONObject? { if case .object(let object) = self { object } else { nil } }
  package var array: [JSONValue]? { if case .array(let array) = self { array } else { nil } }
  package var string: String? { if case .string(let string) = self { string } else { nil } }
  package var integer: Int64? { if case .integer(let integer) = self { integer } else { nil } }
  package var boolean: Bool? { if case .boolean(let boolean) = self { boolean } else { nil } }

  /// The member of this object, or nil where this is no object or has no such member.
  package subscript(key: String) -> JSONValue? { object?[key] }
}
