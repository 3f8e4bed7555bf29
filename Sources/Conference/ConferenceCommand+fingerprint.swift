internal import JSON

extension ConferenceCommand {
  /// What two requests must have in common to be the same command: every member but `command_id`, sorted by key at
  /// every level, so that neither order nor white space counts. Hash it.
  ///
  /// A ledger remembers the hashes: where the text of a command changes, its honest repeat is taken for another command.
  package func fingerprintText() -> [UInt8] {
    // Unknown members are read here for the first time: what goes out is what is compared.
    guard !unknown.isEmpty, case .object(let object)? = try? JSONValue.parse(body()) else {
      return knownFingerprintText()
    }
    let members = object.members.filter { Field(named: $0.key) != .commandID }
    return JSONValue.object(JSONObject(members: members)).comparable.text
  }

  /// The same without unknown members, whose order is known beforehand.
  private func knownFingerprintText() -> [UInt8] {
    var writer = JSONWriter(capacity: 768)
    writer.beginObject()
    for field in Field.sortedByName where field != .commandID {
      guard let value = self[field] else { continue }
      writer.key(field.specification.key)
      value.write(to: &writer)
    }
    writer.endObject()
    return writer.bytes
  }
}

extension JSONValue {
  fileprivate var comparable: JSONValue {
    switch self {
    case .object(let object):
      .object(
        JSONObject(
          members: object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { JSONObject.Member(key: $0.key, value: $0.value.comparable) }))
    case .array(let array): .array(array.map(\.comparable))
    // A double's text where it is the same number: `1e3`, `1000.0` and `1.0e+3` are one, and were remembered so when numbers
    // were read as doubles. What no double can hold stays as it is.
    case .number(let text): .number(DecimalNumber(text)?.textOfEqualDouble ?? text)
    default: self
    }
  }
}
