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

  /// A member whose value nobody has looked at.
  package struct WrittenMember: Sendable, Equatable {
    package let key: String
    /// The value's own bytes, from the first to the last one that is no white space.
    package let text: [UInt8]

    package static func == (left: WrittenMember, right: WrittenMember) -> Bool {
      left.key.hasSameBytes(as: right.key) && left.text == right.text
    }
  }

  /// The members of a text's outermost object with their values as they were written: sound JSON, but nothing else is known of
  /// them. Empty where the outermost value is no object.
  package static func writtenMembers(of text: [UInt8], depth: Int = 32) throws(JSONError) -> [WrittenMember] {
    let outcome = text.withUnsafeBytes { bytes in
      Result { () throws(JSONError) -> [WrittenMember] in
        var (next, places) = try JSONValue.tokensAndPlaces(of: bytes, depth: depth)
        let root = next.pointee
        var members: [WrittenMember] = []
        guard root.kind == UInt8(CONVENE_JSON_OBJECT.rawValue), let places else { return members }
        members.reserveCapacity(root.size)
        next += 1
        for index in 0..<root.size {
          let place = places[index]
          let key = String(next.pointee)
          members.append(WrittenMember(key: key, text: Array(bytes[place.start..<(place.start + place.size)])))
          next = (next + 1).next
        }
        return members
      }
    }
    return try outcome.get()
  }
}
