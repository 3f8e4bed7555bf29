extension JSONValue {
  /// Parses a text whose outermost value is an array or an object.
  ///
  /// Stricter than RFC 8259 where that leaves room: a key that stands twice in one object is an error, so is nesting
  /// beyond `depth`, a NUL in a string, an integer beyond 64 bits and anything that is not UTF-8.
  ///
  /// - Parameter depth: how many arrays and objects may enclose a value.
  package static func parse(_ text: [UInt8], depth: Int = 32) throws(JSONError) -> JSONValue {
    var parser = JSONParser(text, depth: depth)
    return try parser.root()
  }
}
