/// The fields of W3C Trace Context, as a request has them.
enum TraceContext {
  static let state = "tracestate"

  /// nil where there is none, more than one, or none in the standard's form: then a new trace begins, and this one's state
  /// counts for nothing (section 4.3).
  static func parent(of fields: HeaderFields) -> TraceParent? {
    guard let value = fields.valueRange(of: TraceParent.name), fields.count(of: TraceParent.name) == 1 else {
      return nil
    }
    return TraceParent(fields.bytes.span.extracting(value))
  }

  /// The trace's state as one line: the values of all its fields, which are one list (sections 3.3.1 and 3.4).
  ///
  /// A list of however many bytes goes along whole; the standard asks for no less than 512 of them.
  ///
  /// - Returns: nil where there is none, where it belongs to no trace, or where it is no list (section 3.3.1.2): nobody
  ///   behind here could read it either.
  static func state(of fields: HeaderFields) -> [UInt8]? {
    let values = fields.rawValues(of: state).filter { !$0.isEmpty }
    guard !values.isEmpty, parent(of: fields) != nil else { return nil }
    let list = Array(values.joined(separator: [UInt8(ascii: ",")]))
    var keys: Set<ArraySlice<UInt8>> = []
    for member in list.split(separator: UInt8(ascii: ",")) {
      let member = trimmed(member)
      if member.isEmpty { continue }
      guard let equals = member.firstIndex(of: UInt8(ascii: "=")), isKey(member[..<equals]),
        isValue(member[(equals + 1)...]), keys.insert(member[..<equals]).inserted, keys.count <= mostMembers
      else { return nil }
    }
    return keys.isEmpty ? nil : list
  }

  private static let mostMembers = 32

  private static func trimmed(_ text: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
    var text = text.drop { $0 == 0x20 || $0 == 0x09 }
    while text.last == 0x20 || text.last == 0x09 { text.removeLast() }
    return text
  }

  private static func isKey(_ key: ArraySlice<UInt8>) -> Bool {
    guard let first = key.first, key.count <= 256, isLowerOrDigit(first) else { return false }
    return key.allSatisfy { isLowerOrDigit($0) || "_-*/@".utf8.contains($0) }
  }

  /// No space can be at its end any more.
  private static func isValue(_ value: ArraySlice<UInt8>) -> Bool {
    (1...256).contains(value.count) && value.allSatisfy { 0x20...0x7E ~= $0 && $0 != UInt8(ascii: "=") }
  }

  private static func isLowerOrDigit(_ byte: UInt8) -> Bool {
    UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte || UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte
  }
}
