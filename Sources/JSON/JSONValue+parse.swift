internal import CJansson

extension JSONValue {
  /// Parses a text whose outermost value is an array or an object.
  ///
  /// Stricter than RFC 8259 where that leaves room: a key that stands twice in one object is an error, so is nesting
  /// beyond `depth`, a NUL in a string, an integer beyond 64 bits and anything that is not UTF-8. (Jansson, "Decoding".)
  ///
  /// - Parameter depth: how many arrays and objects may enclose a value.
  package static func parse(_ text: UnsafeRawBufferPointer, depth: Int = 32) throws(JSONError) -> JSONValue {
    var error = json_error_t()
    let start = text.baseAddress?.assumingMemoryBound(to: CChar.self)
    // Jansson takes no null pointer, which is what an empty buffer may have.
    guard let start, let root = json_loadb(start, text.count, size_t(JSON_REJECT_DUPLICATES), &error) else {
      throw start == nil
        ? JSONError(kind: .malformed, message: "the text is empty", offset: 0) : JSONError(error)
    }
    defer { json_decref(root) }
    return try JSONValue(root, depth: depth)
  }

  package static func parse(_ bytes: [UInt8], depth: Int = 32) throws(JSONError) -> JSONValue {
    // A closure's typed throw is not inferred through withUnsafeBytes, so the outcome is carried out as a value.
    let outcome = bytes.withUnsafeBytes { text in
      Result { () throws(JSONError) in try parse(text, depth: depth) }
    }
    return try outcome.get()
  }

  private init(_ json: UnsafeMutablePointer<json_t>, depth: Int) throws(JSONError) {
    switch convene_json_type(json) {
    case JSON_OBJECT:
      guard depth > 0 else { throw JSONError.tooDeep }
      var members: [JSONObject.Member] = []
      members.reserveCapacity(json_object_size(json))
      var iterator = json_object_iter(json)
      while let member = iterator {
        if let value = json_object_iter_value(member) {
          let key = String(json_object_iter_key(member), length: json_object_iter_key_len(member))
          members.append(JSONObject.Member(key: key, value: try JSONValue(value, depth: depth - 1)))
        }
        iterator = json_object_iter_next(json, member)
      }
      self = .object(JSONObject(members: members))
    case JSON_ARRAY:
      guard depth > 0 else { throw JSONError.tooDeep }
      var array: [JSONValue] = []
      array.reserveCapacity(json_array_size(json))
      for index in 0..<json_array_size(json) {
        if let value = json_array_get(json, index) { array.append(try JSONValue(value, depth: depth - 1)) }
      }
      self = .array(array)
    case JSON_STRING:
      self = .string(String(json_string_value(json), length: json_string_length(json)))
    case JSON_INTEGER: self = .integer(json_integer_value(json))
    case JSON_REAL: self = .real(json_real_value(json))
    case JSON_TRUE: self = .boolean(true)
    case JSON_FALSE: self = .boolean(false)
    default: self = .null
    }
  }
}

extension String {
  /// Jansson's strings are UTF-8 for certain.
  fileprivate init(_ start: UnsafePointer<CChar>?, length: Int) {
    self.init(decoding: UnsafeRawBufferPointer(start: start, count: length), as: UTF8.self)
  }
}

extension JSONError {
  fileprivate static let tooDeep = JSONError(kind: .tooDeep, message: "the text is nested too deep", offset: 0)

  fileprivate init(_ error: json_error_t) {
    // The code is the last byte of the message's buffer (Jansson, "Error reporting": json_error_code).
    let (code, message) = withUnsafeBytes(of: error.text) { text in
      (text.last ?? 0, String(decoding: text.prefix { $0 != 0 }, as: UTF8.self))
    }
    let kind: Kind =
      switch UInt32(code) {
      case json_error_duplicate_key.rawValue: .duplicateKey
      case json_error_stack_overflow.rawValue: .tooDeep
      default: .malformed
      }
    self.init(kind: kind, message: message, offset: Int(error.position))
  }
}
