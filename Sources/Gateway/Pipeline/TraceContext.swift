internal import Conference

/// The fields of W3C Trace Context: `traceparent` is recorded and goes along as it came, `tracestate` where it is a
/// list.
enum TraceContext {
  private static let parent = "traceparent"
  static let state = "tracestate"

  /// The trace's name, or nil where there is none, or none in the standard's form.
  static func parent(_ fields: HeaderFields) -> String? {
    guard let value = fields.valueRange(of: parent), fields.count(of: parent) == 1, isParent(fields.bytes[value]) else {
      return nil
    }
    return fields.text(value)
  }

  /// The standard would begin a new trace where it can't read this one. Here it is an error: two requests that are to be
  /// told apart would become one, or a trace would end without a word.
  static func check(_ fields: HeaderFields) throws(Refusal) {
    guard parent(fields) != nil || !fields.contains(parent) else {
      throw .badRequest("traceparent is not what W3C Trace Context makes of it")
    }
    guard fields.areVisible(state, orBlank: true) else {
      throw .badRequest("tracestate has a character other than visible ASCII")
    }
  }

  /// The trace's state as one line: the values of all its fields, which are one list (sections 3.3.1 and 3.4).
  ///
  /// A list of however many bytes goes along whole; the standard asks for no less than 512 of them.
  ///
  /// - Returns: nil where there is none, where it belongs to no trace, or where it is no list (section 3.3.1.2): nobody
  ///   behind here could read it either.
  static func state(of fields: HeaderFields) -> [UInt8]? {
    let values = fields.rawValues(of: state).filter { !$0.isEmpty }
    guard !values.isEmpty, parent(fields) != nil else { return nil }
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

  /// Section 3.2: `version-traceid-parentid-flags`, in lower case. A later version than 00 may have more behind a dash.
  private static func isParent(_ value: ArraySlice<UInt8>) -> Bool {
    let parts = value.prefix(55).split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.map(\.count) == [2, 32, 16, 2], parts.joined().allSatisfy(isLowerHex),
      !parts[0].elementsEqual("ff".utf8), parts[1].contains(where: isNotZero), parts[2].contains(where: isNotZero)
    else { return false }
    guard value.count > 55 else { return true }
    let more = value.dropFirst(55)
    return !parts[0].elementsEqual("00".utf8) && value.count <= 128 && more.first == UInt8(ascii: "-")
      && more.allSatisfy { $0 > 0x20 && $0 < 0x7F }
  }

  private static func isNotZero(_ digit: UInt8) -> Bool { digit != UInt8(ascii: "0") }

  private static func isLowerHex(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
