package import JSON

/// A create-conference command: known fields, each of the right type and within its range, and those Convene doesn't know.
package struct ConferenceCommand: Sendable, Equatable {
  /// A field's value, where it has one.
  ///
  /// A type of its own: in an array of optionals it is looked up for each at run time how it is copied and freed.
  private struct Slot: Sendable, Equatable {
    var value: FieldValue?
  }

  /// By `Field.index`.
  private var slots: [Slot]
  /// Members that no row of the table names, in the order in which they came.
  package internal(set) var unknown: [JSONObject.Member] = []

  package init() {
    // `Array(repeating:count:)` looks its type up at run time for each array.
    slots = []
    slots.reserveCapacity(Field.table.count)
    for _ in Field.table { slots.append(Slot()) }
  }

  package subscript(field: Field) -> FieldValue? {
    get { slots[field.index].value }
    set { slots[field.index].value = newValue }
  }

  /// Whether there is a value; asks without a copy of it.
  package func has(_ field: Field) -> Bool {
    if case .some = slots[field.index].value { true } else { false }
  }

  /// The value that Telnyx will act on: the field's own, or what Telnyx assumes.
  package func effective(_ field: Field) -> FieldValue? {
    self[field] ?? field.specification.vendorDefault
  }

  /// The body to send: written from this value alone, known fields in the table's order, then the unknown ones.
  package func body() -> [UInt8] {
    // Most have less, and a thousand may be waiting.
    var writer = JSONWriter(capacity: 448)
    writer.beginObject()
    for field in Field.all {
      guard let value = self[field] else { continue }
      writer.key(field.specification.key)
      value.write(to: &writer)
    }
    for member in unknown {
      writer.key(named: member.key)
      writer.value(member.value)
    }
    writer.endObject()
    return writer.bytes
  }

  /// What two requests must have in common to be the same command: every member but `command_id`, sorted by key at
  /// every level, so that neither order nor white space counts. Hash it.
  package func fingerprintText() -> [UInt8] {
    guard !unknown.isEmpty else { return knownFingerprintText() }
    var members = unknown
    for field in Field.all where field != .commandID {
      if let value = self[field] { members.append(JSONObject.Member(key: field.name, value: value.json)) }
    }
    return JSONValue.object(JSONObject(members: members)).sortedByKey.text
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
  fileprivate var sortedByKey: JSONValue {
    switch self {
    case .object(let object):
      .object(
        JSONObject(
          members: object.members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            .map { JSONObject.Member(key: $0.key, value: $0.value.sortedByKey) }))
    case .array(let array): .array(array.map(\.sortedByKey))
    default: self
    }
  }
}
