internal import Conference

extension Field {
  /// The field that must not stand beside this one.
  var excluded: Field? { specification.excludes.flatMap(Field.init(named:)) }
}
