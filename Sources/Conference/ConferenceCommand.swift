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
  package internal(set) var unknown: [JSONObject.WrittenMember] = []

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

  /// The body to send: written from this value alone, known fields in the table's order, then the unknown ones, whose values
  /// are the caller's bytes.
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
      writer.value(json: member.text)
    }
    writer.endObject()
    return writer.bytes
  }
}
