internal import Conference
package import Gateway
internal import JSON

/// What is wanted of one field of a command: `max_participants > 100`.
///
/// Judged is what was sent, or, where nothing was, what was asked for. A field that isn't in the command is what Telnyx then
/// takes it for (`max_participants` is 250), where the record has the whole command; one of an earlier version has only what
/// policy touched.
package struct FieldCondition: Sendable {
  /// What is wrong with the text, for people.
  package struct Malformed: Error, CustomStringConvertible {
    package let description: String
  }

  enum Comparison: String, CaseIterable {
    // In this order: the longer ones first.
    case notEqual = "!=", lessOrEqual = "<=", greaterOrEqual = ">=", alsoEqual = "==", equal = "=", less = "<"
    case greater = ">"
  }

  private let name: String
  /// nil = one that Convene doesn't know.
  private let field: Field?
  private let comparison: Comparison
  private var value: FieldValue
  /// Other texts that count as the value.
  private var others: [FieldValue] = []

  /// - Parameter text: a field, an operator and a value, with spaces or without; the value bare, or a JSON string. A field
  ///   that Convene doesn't know, and forwarded, is named by its pointer, `/name`.
  package init(_ text: String) throws(Malformed) {
    let bytes = text.utf8
    guard let start = bytes.firstIndex(where: { "=!<>".utf8.contains($0) }),
      let comparison = Comparison.allCases.first(where: { bytes[start...].starts(with: $0.rawValue.utf8) }),
      case let name = String(text[..<start]).trimmed, !name.isEmpty
    else {
      throw Malformed(description: "say it as 'max_participants > 100', with one of = != < <= > >=")
    }
    self.comparison = comparison
    if name.utf8.first == UInt8(ascii: "/") {
      field = Field(named: Self.unescaped(name))
      self.name = Self.unescaped(name)
    } else {
      guard let field = Field(named: name) else {
        let known = Field.all.map(\.name).joined(separator: ", ")
        throw Malformed(description: "no field \(name): known are \(known); another one is named as /NAME")
      }
      self.field = field
      self.name = name
    }
    let end = bytes.index(start, offsetBy: comparison.rawValue.utf8.count)
    value = try Self.value(String(text[end...]).trimmed, of: field, named: self.name)
    try checkComparison()
  }

  private func checkComparison() throws(Malformed) {
    guard comparison != .equal, comparison != .alsoEqual, comparison != .notEqual else { return }
    if case .boolean = value { throw Malformed(description: "\(name) is true or false: compare with = or !=") }
    if isPseudonym { throw Malformed(description: "of \(name) the record has a pseudonym: compare with = or !=") }
  }

  private static func value(_ text: String, of field: Field?, named name: String) throws(Malformed) -> FieldValue {
    guard !text.isEmpty else { throw Malformed(description: "\(name) is compared with nothing: \"\" is an empty text") }
    let isQuoted = text.utf8.first == UInt8(ascii: "\"")
    let string: String
    if isQuoted {
      guard let array = (try? JSONValue.parse(Array("[\(text)]".utf8)))?.array, array.count == 1,
        let unquoted = array[0].string
      else { throw Malformed(description: "\(name): not a JSON string: \(text)") }
      string = unquoted
    } else {
      string = text
    }
    switch field?.specification.kind {
    case .integer:
      guard let number = Int64(text) else {
        throw Malformed(description: "\(name) is compared with a whole number, not with \(text)")
      }
      return .integer(number)
    case .boolean:
      guard let boolean = Bool(text) else {
        throw Malformed(description: "\(name) is compared with true or false, not with \(text)")
      }
      return .boolean(boolean)
    case .string, .base64, .enumeration: return .string(string)
    case nil:
      if !isQuoted, let number = Int64(text) { return .integer(number) }
      if !isQuoted, let boolean = Bool(text) { return .boolean(boolean) }
      return .string(string)
    }
  }

  /// RFC 6901, section 4.
  private static func unescaped(_ pointer: String) -> String {
    String(pointer.dropFirst()).replacing("~1", with: "/").replacing("~0", with: "~")
  }

  private var isPseudonym: Bool { field == .callControlID || field == .clientState }

  /// The same with the value as this ledger's records have it.
  package func named(by pseudonyms: [Pseudonyms]) -> FieldCondition {
    guard isPseudonym, case .string(let text) = value, let first = pseudonyms.first else { return self }
    var named = self
    named.value = .string(first.name(of: text))
    named.others = pseudonyms.dropFirst().map { .string($0.name(of: text)) }
    return named
  }

  /// What a record that it holds for has in it; nil where it may hold without.
  var soughtName: String? {
    let holdsWithout = field?.specification.vendorDefault.map { holds($0.json, nil) } ?? (comparison == .notEqual)
    return holdsWithout ? nil : name
  }

  func holds(in record: JSONValue) -> Bool {
    // Beside the fields, too, also where there are none.
    let pseudonym = field == .callControlID ? record["call_control_id"] : record["client_state"]?["pseudonym"]
    if isPseudonym, let pseudonym { return holds(pseudonym, nil) }
    guard let fields = record["fields"]?.array else { return false }
    func member(_ name: String) -> JSONValue? {
      fields.first { $0["name"]?.string?.utf8.elementsEqual(name.utf8) ?? false }
    }
    let own = member(name)
    if let effective = own?["effective"] { return holds(effective, own?["effective_bytes"]) }
    if let asked = own?["asked"] { return holds(asked, own?["asked_bytes"]) }
    // A whole command has all that it must have.
    guard member(Field.callControlID.name) != nil, member(Field.name.name) != nil else { return false }
    if let assumed = field?.specification.vendorDefault { return holds(assumed.json, nil) }
    return comparison == .notEqual
  }

  /// - Parameter bytes: how long the text was, where it was cut.
  private func holds(_ found: JSONValue, _ bytes: JSONValue?) -> Bool {
    // There are others of a pseudonym alone, which is compared with = or !=.
    let judged = [value] + others
    return comparison == .notEqual
      ? judged.allSatisfy { holds(found, bytes, $0) } : judged.contains { holds(found, bytes, $0) }
  }

  private func holds(_ found: JSONValue, _ bytes: JSONValue?, _ value: FieldValue) -> Bool {
    switch value {
    case .integer(let wanted):
      if let found = found.integer { return holds(found, wanted) }
      guard case .number(let digits) = found, let found = Double(digits) else { return comparison == .notEqual }
      return holds(found, Double(wanted))
    case .boolean(let wanted):
      return (found.boolean == wanted) == (comparison != .notEqual)
    case .string(let wanted):
      let text = Array((found.string ?? String(decoding: found.text, as: UTF8.self)).utf8)
      let cut = Array(AuditText(wanted).text.utf8)
      let isEqual = text == cut && (bytes?.integer).map(Int.init) == AuditText(wanted).bytes
      return switch comparison {
      case .equal, .alsoEqual: isEqual
      case .notEqual: !isEqual
      case .less: text.lexicographicallyPrecedes(cut)
      case .greater: cut.lexicographicallyPrecedes(text)
      case .lessOrEqual: isEqual || text.lexicographicallyPrecedes(cut)
      case .greaterOrEqual: isEqual || cut.lexicographicallyPrecedes(text)
      }
    }
  }

  private func holds<Number: Comparable>(_ found: Number, _ wanted: Number) -> Bool {
    switch comparison {
    case .equal, .alsoEqual: found == wanted
    case .notEqual: found != wanted
    case .less: found < wanted
    case .lessOrEqual: found <= wanted
    case .greater: found > wanted
    case .greaterOrEqual: found >= wanted
    }
  }
}

extension String {
  fileprivate var trimmed: String {
    var bytes = utf8[...]
    func isSpace(_ byte: UInt8?) -> Bool { byte == UInt8(ascii: " ") || byte == UInt8(ascii: "\t") }
    while isSpace(bytes.first) { bytes.removeFirst() }
    while isSpace(bytes.last) { bytes.removeLast() }
    return String(Substring(bytes))
  }
}
