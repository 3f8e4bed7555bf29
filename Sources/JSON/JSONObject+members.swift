internal import CSimdjson

extension JSONObject {
  /// Parses a text as `JSONValue.parse` does, and hands over the members of its outermost object one after the other, in
  /// their order. Makes no tree of them, and no text of a key.
  ///
  /// - Parameters:
  ///   - text: nothing of it is handed over before all of it is known to be sound.
  ///   - member: is given a key's bytes, which are UTF-8, and the value. Must not parse another text.
  /// - Returns: whether the outermost value is an object at all; it could be an array.
  package static func forEachMember(
    of text: [UInt8], depth: Int = 32, _ member: (_ key: Span<UInt8>, _ value: JSONValue) -> Void
  ) throws(JSONError) -> Bool {
    // A closure's typed throw is not inferred through withUnsafeBytes, so the outcome is carried out as a value.
    let outcome = text.withUnsafeBytes { text in
      Result { () throws(JSONError) -> Bool in
        var next = try JSONValue.tokens(of: text, depth: depth)
        let root = next.pointee
        guard root.kind == UInt8(CONVENE_JSON_OBJECT.rawValue) else { return false }
        next += 1
        for _ in 0..<root.size {
          let key = UnsafeRawBufferPointer(start: next.pointee.text, count: next.pointee.size)
          next += 1
          let value = JSONValue(from: &next)
          member(Span(_unsafeBytes: key), value)
        }
        return true
      }
    }
    return try outcome.get()
  }
}
