internal import Conference

/// The fields of W3C Trace Context: `traceparent` is recorded, and both go along as they came.
enum TraceContext {
  private static let parent = "traceparent"
  private static let state = "tracestate"

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
