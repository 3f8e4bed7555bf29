extension Field {
  /// The field that a name looks like and isn't: its name but for case, for whatever stands between its words, and for
  /// characters that look like its own or like nothing at all.
  ///
  /// Such a name is no field to policy. It could be one to whoever reads the body behind it, or to a person who reads
  /// it. A name with a character that looks like no letter of the field's is another name, whatever else is in it.
  init?(resembling name: String) {
    guard let shape = NameShape(name), let field = Field.all.first(where: { shape.resembles(Field.shapes[$0.index]) })
    else { return nil }
    self = field
  }

  private static let shapes = all.map { NameShape(ofField: $0.name) }
}
