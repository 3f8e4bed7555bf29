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

  /// Those that a body without them, or with another one, may be refused for.
  static let demanding = all.filter { $0.specification.required || $0.excluded != nil }

  static let sortedByName = all.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }

  /// The fields that Telnyx ignores unless another one has a certain value.
  package static let conditional: [(field: Field, other: Field, value: FieldValue)] = all.compactMap { field in
    field.specification.effectiveOnlyWith.flatMap { condition in
      Field(named: condition.field).map { (field, $0, condition.value) }
    }
  }

  package init?(named name: String) { self.init(named: name.utf8.span) }

  init?(named name: Span<UInt8>) {
    guard name.count < Field.namesByLength.count else { return nil }
    let field = Field.namesByLength[name.count].first { Field.areEqual(name, $0.name) }?.field
    guard let field else { return nil }
    self = field
  }

  /// - Parameter expected: of the same length.
  private static func areEqual(_ name: Span<UInt8>, _ expected: [UInt8]) -> Bool {
    var difference: UInt8 = 0
    for index in expected.indices { difference |= name[index] ^ expected[index] }
    return difference == 0
  }

  private init(index: Int) { self.index = index }

  /// The field that must not stand beside this one.
  package var excluded: Field? { Field.exclusions[index] }

  /// The names by their length in bytes, which few share.
  private static let namesByLength = {
    var names: [[(name: [UInt8], field: Field)]] = []
    for field in all {
      let name = Array(field.name.utf8)
      while names.count <= name.count { names.append([]) }
      names[name.count].append((name, field))
    }
    return names
  }()
  private static let exclusions = table.map { row in row.excludes.flatMap { Field(named: $0) } }

  // The rows that code speaks of by name. All others are known to the table alone.
  package static let callControlID = Field(index: 0)
  package static let name = Field(index: 1)
  package static let beepEnabled = Field(index: 2)
  package static let clientState = Field(index: 3)
  package static let commandID = Field(index: 5)
  package static let holdAudioURL = Field(index: 7)
  package static let holdMediaName = Field(index: 8)
  package static let region = Field(index: 10)
}
