import JSON

extension JSONValue: ExpressibleByDictionaryLiteral {
  /// Replies are written down as what they look like.
  init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(JSONObject(members: elements.map { JSONObject.Member(key: $0.0, value: $0.1) }))
  }
}
