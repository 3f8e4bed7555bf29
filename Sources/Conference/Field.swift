internal import JSON

/// One field of Telnyx's create-conference command: a row of `Field.table`.
package struct Field: Hashable, Sendable {
  /// The row in `Field.table`.
  package let index: Int

  package var specification: FieldSpecification { Field.table[index] }
  package var name: String { specification.name }
  /// RFC 6901.
  package var pointer: String { "/" + name }

  package static let all: [Field] = table.indices.map(Field.init(index:))

  static let sortedByName = all.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }

  package init?(named name: String) {
    let length = name.utf8.count
    for index in Field.lengths.indices where Field.lengths[index] == length {
      guard Field.table[index].name.hasSameBytes(as: name) else { continue }
      self.index = index
      return
    }
    return nil
  }

  private init(index: Int) { self.index = index }

  /// The field that must not stand beside this one.
  package var excluded: Field? { Field.exclusions[index] }

  /// The field and the value without which Telnyx ignores this one.
  package var condition: (field: Field, value: FieldValue)? { Field.conditions[index] }

  /// Of the names, in bytes: few have the same.
  private static let lengths = table.map(\.name.utf8.count)
  private static let exclusions = table.map { $0.excludes.flatMap(Field.init(named:)) }
  private static let conditions = table.map { row in
    row.effectiveOnlyWith.flatMap { condition in Field(named: condition.field).map { ($0, condition.value) } }
  }

  // The rows that code speaks of by name. All others are known to the table alone.
  package static let callControlID = Field(index: 0)
  package static let name = Field(index: 1)
  package static let clientState = Field(index: 3)
  package static let commandID = Field(index: 5)
  package static let holdAudioURL = Field(index: 7)
  package static let holdMediaName = Field(index: 8)
  package static let region = Field(index: 10)
  package static let startOnCreate = Field(index: 11)
}
