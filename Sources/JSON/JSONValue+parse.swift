internal import CSimdjson

extension JSONValue {
  /// Parses a text whose outermost value is an array or an object.
  ///
  /// Stricter than RFC 8259 where that leaves room: a key that stands twice in one object is an error, so is nesting
  /// beyond `depth` and anything that is not UTF-8. Numbers may be of any size. (simdjson, "The DOM API".)
  ///
  /// - Parameter depth: how many arrays and objects may enclose a value.
  package static func parse(_ text: UnsafeRawBufferPointer, depth: Int = 32) throws(JSONError) -> JSONValue {
    var next = try tokens(of: text, depth: depth)
    return JSONValue(from: &next)
  }

  /// The first token of a text. Its tokens live until the next text is parsed on this thread.
  static func tokens(
    of text: UnsafeRawBufferPointer, depth: Int
  ) throws(JSONError) -> UnsafePointer<convene_json_token> {
    try tokensAndPlaces(of: text, depth: depth, withPlaces: false).tokens
  }

  /// - Returns: where each value in the outermost one stands, too. That costs a second reading of the text.
  static func tokensAndPlaces(
    of text: UnsafeRawBufferPointer, depth: Int, withPlaces: Bool = true
  ) throws(JSONError) -> (tokens: UnsafePointer<convene_json_token>, places: UnsafePointer<convene_json_place>?) {
    // An empty buffer may have a null pointer.
    guard let start = text.baseAddress, !text.isEmpty else {
      throw JSONError(kind: .malformed, message: "the text is empty", offset: 0)
    }
    let result = convene_json_parse(start.assumingMemoryBound(to: CChar.self), text.count, depth, withPlaces)
    guard let tokens = result.tokens else { throw JSONError(result) }
    return (tokens, result.places)
  }

  package static func parse(_ bytes: [UInt8], depth: Int = 32) throws(JSONError) -> JSONValue {
    // A closure's typed throw is not inferred through withUnsafeBytes, so the outcome is carried out as a value.
    let outcome = bytes.withUnsafeBytes { text in
      Result { () throws(JSONError) in try parse(text, depth: depth) }
    }
    return try outcome.get()
  }

  /// Reads what can be read of somebody else's text, whose outermost value is an array or an object.
  ///
  /// What a JSON text may be, but `parse` does not take, costs only what it is about: a string that is not sound and what is
  /// nested deeper than 32 levels are `null`; of a key that stands twice in an
  /// object, unless with the same string, there is none. A byte order mark is passed over.
  ///
  /// - Returns: nil where it can't be told where the values end, or something follows the outermost.
  package static func read(_ text: [UInt8]) -> JSONValue? {
    text.withUnsafeBytes { bytes in
      guard var next = readableTokens(of: bytes) else { return nil }
      return JSONValue(from: &next)
    }
  }

  /// Whether a text is an object or an array as RFC 8259 has them, whatever its numbers, keys that stand twice included: it
  /// can stand within another text as it is.
  package static func isSound(_ text: [UInt8]) -> Bool {
    text.withUnsafeBytes { bytes in
      guard let start = bytes.baseAddress else { return false }
      return convene_json_is_sound(start.assumingMemoryBound(to: CChar.self), bytes.count)
    }
  }

  /// The first token; they live until the next text is read on this thread.
  static func readableTokens(of text: UnsafeRawBufferPointer) -> UnsafePointer<convene_json_token>? {
    guard let start = text.baseAddress, !text.isEmpty else { return nil }
    return convene_json_read(start.assumingMemoryBound(to: CChar.self), text.count)
  }

  /// - Parameter next: the value's first token; afterwards the one behind its last.
  init(from next: inout UnsafePointer<convene_json_token>) {
    let token = next.pointee
    next += 1
    switch convene_json_kind(UInt32(token.kind)) {
    case CONVENE_JSON_OBJECT:
      var members: [JSONObject.Member] = []
      members.reserveCapacity(token.size)
      for _ in 0..<token.size {
        let key = next.pointee
        next += 1
        let value = JSONValue(from: &next)
        if key.kind == UInt8(CONVENE_JSON_OPAQUE.rawValue) { continue }
        members.append(JSONObject.Member(key: String(key), value: value))
      }
      self = .object(JSONObject(members: members))
    case CONVENE_JSON_ARRAY:
      var array: [JSONValue] = []
      array.reserveCapacity(token.size)
      for _ in 0..<token.size { array.append(JSONValue(from: &next)) }
      self = .array(array)
    case CONVENE_JSON_STRING: self = .string(String(token))
    case CONVENE_JSON_INTEGER: self = .integer(token.integer)
    case CONVENE_JSON_NUMBER: self = .number(String(token))
    case CONVENE_JSON_TRUE: self = .boolean(true)
    case CONVENE_JSON_FALSE: self = .boolean(false)
    default: self = .null
    }
  }
}

extension String {
  init(_ token: convene_json_token) {
    self.init(decoding: UnsafeRawBufferPointer(start: token.text, count: token.size), as: UTF8.self)
  }
}

extension JSONError {
  fileprivate init(_ result: convene_json_result) {
    let kind: Kind =
      switch convene_json_fault(UInt32(result.fault)) {
      case CONVENE_JSON_DUPLICATE_KEY: .duplicateKey
      case CONVENE_JSON_TOO_DEEP: .tooDeep
      default: .malformed
      }
    self.init(
      kind: kind, message: result.message.map { String(cString: $0) } ?? "",
      offset: result.offset < 0 ? nil : Int(result.offset))
  }
}
