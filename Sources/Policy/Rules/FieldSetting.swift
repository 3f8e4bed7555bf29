internal import Conference

/// A field and the value that policy sets there.
struct FieldSetting: Sendable {
  let field: Field
  let value: FieldValue
}
