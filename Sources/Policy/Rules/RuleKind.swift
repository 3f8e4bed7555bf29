/// What a rule may say of a field. Raw values are the words of the configuration, in the order in which it is shown.
///
/// Whatever asks for a kind does so in a `switch` without a `default`, so that a new one builds only once every place has
/// its answer: reading, schema and report, what fits a field, merging, each step of `decide`.
package enum RuleKind: String, Sendable, CaseIterable, Hashable {
  case force, forbid, `default`, require, min, max, over, allow, pattern, maxLength = "max_length"
  /// `unknown_fields`, which is of no field.
  case unknownFields = "unknown_fields"
}
