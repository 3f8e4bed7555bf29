/// The members of a JSON object, in order. Small by nature (a dozen members), so a look-up is a scan of bytes.
package struct JSONObject: Sendable, Equatable, ExpressibleByDictionaryLiteral {
  package struct Member: Sendable, Equatable {
    package let key: String
    package let value: JSONValue

    package init(key: String, value: JSONValue) {
      self.key = key
      self.value = value
    }

    /// Bytes are compared, not characters: to Swift's `==` a composed and a decomposed letter are one key.
    package static func == (left: Member, right: Member) -> Bool {
      left.key.hasSameBytes(as: right.key) && left.value == right.value
    }
  }

  package private(set) var members: [Member]

  package init(members: [Member] = []) { self.members = members }

  package init(dictionaryLiteral elements: (String, JSONValue)...) {
    members = elements.map { Member(key: $0.0, value: $0.1) }
  }

  package var isEmpty: Bool { members.isEmpty }

  package subscript(key: String) -> JSONValue? {
    members.first { $0.key.hasSameBytes(as: key) }?.value
  }

  /// Adds a member at the end; the caller knows that the key is new.
  package mutating func append(_ key: String, _ value: JSONValue) {
    members.append(Member(key: key, value: value))
  }
}
