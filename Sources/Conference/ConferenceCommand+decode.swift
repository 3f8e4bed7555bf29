package import JSON

extension ConferenceCommand {
  /// Judges a caller's parsed body against the table.
  ///
  /// Every fault of the body is found before any is reported: the refusal has one error a fault, each with its pointer.
  package static func decode(_ body: JSONValue) throws(Refusal) -> ConferenceCommand {
    guard let object = body.object else { throw .malformed("the body must be a JSON object") }
    var command = ConferenceCommand()
    var faults: [Fault] = []
    for member in object.members {
      guard let field = Field(named: member.key) else {
        command.unknown.append(member)
        continue
      }
      switch field.specification.kind.check(member.value) {
      case .success(let value): command[field] = value
      case .failure(let fault): faults.append(fault.at(field))
      }
    }
    for field in Field.all {
      if field.specification.required, object[field.name] == nil { faults.append(Fault.missing.at(field)) }
      // A pair that excludes each other is one fault, told at the later row.
      if let other = field.excluded, other.index < field.index, object[field.name] != nil, object[other.name] != nil {
        faults.append(Fault.excludes(other).at(field))
      }
    }
    guard faults.isEmpty else { throw .invalid(faults) }
    return command
  }
}

extension FieldSpecification.Kind {
  /// The value as this kind of field, or what is wrong with it.
  package func check(_ json: JSONValue) -> Result<FieldValue, Fault> {
    switch (self, json) {
    case (.string(let length), .string(let string)):
      if let control = string.firstControl {
        return .failure(.outOfRange("has a control character (byte \(control))"))
      }
      guard length.contains(string.utf8.count) else {
        return .failure(
          .outOfRange("must be \(length.lowerBound) to \(length.upperBound) bytes long, is \(string.utf8.count)"))
      }
      return .success(.string(string))
    case (.base64, .string(let string)):
      return string.isPaddedBase64 ? .success(.string(string)) : .failure(.notBase64)
    case (.enumeration(let cases), .string(let string)):
      return cases.contains { $0.hasSameBytes(as: string) }
        ? .success(.string(string)) : .failure(.notAmong(cases))
    case (.boolean, .boolean(let boolean)): return .success(.boolean(boolean))
    case (.integer(let range), .integer(let integer)):
      return range.contains(integer)
        ? .success(.integer(integer))
        : .failure(.outOfRange("must be \(range.lowerBound) to \(range.upperBound), is \(integer)"))
    default: return .failure(.wrongType(expected: expectation, found: json))
    }
  }

  private var expectation: String {
    switch self {
    case .string, .base64, .enumeration: "a string"
    case .boolean: "a boolean"
    case .integer: "an integer"
    }
  }
}

extension String {
  /// The first byte that is a control character.
  fileprivate var firstControl: UInt8? {
    // A loop over the bytes where they lie: `first(where:)` of a text asks it for one after the other.
    let found = utf8.withContiguousStorageIfAvailable { utf8 -> UInt8? in
      for byte in utf8 where byte < 0x20 || byte == 0x7F { return byte }
      return nil
    }
    return found ?? utf8.first { $0 < 0x20 || $0 == 0x7F }
  }

  /// RFC 4648, section 4, with padding and with no bits set beyond the last byte's.
  fileprivate var isPaddedBase64: Bool {
    let text = utf8
    guard text.count % 4 == 0 else { return false }
    let padding = text.suffix(2).reversed().prefix { $0 == UInt8(ascii: "=") }.count
    var last: UInt8 = 0
    for byte in text.dropLast(padding) {
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"): last = byte - UInt8(ascii: "A")
      case UInt8(ascii: "a")...UInt8(ascii: "z"): last = byte - UInt8(ascii: "a") + 26
      case UInt8(ascii: "0")...UInt8(ascii: "9"): last = byte - UInt8(ascii: "0") + 52
      case UInt8(ascii: "+"): last = 62
      case UInt8(ascii: "/"): last = 63
      default: return false
      }
    }
    return switch padding {
    case 0: true
    case 1: last & 0b11 == 0
    default: last & 0b1111 == 0
    }
  }
}
