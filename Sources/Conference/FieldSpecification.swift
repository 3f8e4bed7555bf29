/// What is known of a field: what decoding, policy, `explain` and the configuration's schema are driven by.
///
/// A class, so that to look something up in the table is to follow a pointer and not to copy a row.
package final class FieldSpecification: Sendable {
  package enum Kind: Sendable, Equatable {
    /// UTF-8 bytes; no control characters.
    case string(length: ClosedRange<Int>)
    /// Standard alphabet, padded (RFC 4648, section 4).
    case base64
    case enumeration([String])
    case boolean
    case integer(ClosedRange<Int64>)
  }

  package let name: String
  /// The name again, as a constant that need not be looked at when it is written.
  package let key: StaticString
  package let kind: Kind
  package let required: Bool
  /// What Telnyx assumes where the field is absent.
  package let vendorDefault: FieldValue?
  /// The name of a field that must not stand beside this one.
  package let excludes: String?
  /// The field and the value without which Telnyx ignores this one.
  package let effectiveOnlyWith: (field: String, value: FieldValue)?

  init(
    name: StaticString, kind: Kind, required: Bool = false, vendorDefault: FieldValue? = nil, excludes: String? = nil,
    effectiveOnlyWith: (field: String, value: FieldValue)? = nil
  ) {
    self.name = "\(name)"
    key = name
    self.kind = kind
    self.required = required
    self.vendorDefault = vendorDefault
    self.excludes = excludes
    self.effectiveOnlyWith = effectiveOnlyWith
  }
}

extension Field {
  /// The twelve fields, in the order of Telnyx's documentation. A field that Telnyx adds is one row more.
  ///
  /// Where Telnyx leaves a range open it is closed here, so that no value reaches a log or a database unbounded.
  package static let table: [FieldSpecification] = [
    FieldSpecification(name: "call_control_id", kind: .string(length: 1...1024), required: true),
    FieldSpecification(name: "name", kind: .string(length: 1...255), required: true),
    FieldSpecification(
      name: "beep_enabled", kind: .enumeration(["always", "never", "on_enter", "on_exit"]),
      vendorDefault: .string("never")),
    FieldSpecification(name: "client_state", kind: .base64),
    FieldSpecification(name: "comfort_noise", kind: .boolean, vendorDefault: .boolean(true)),
    FieldSpecification(name: "command_id", kind: .string(length: 1...255)),
    // Telnyx documents no default, but ends every conference after four hours: an absent field is 240 minutes.
    FieldSpecification(
      name: "duration_minutes", kind: .integer(1...Int64(Int32.max)), vendorDefault: .integer(240)),
    FieldSpecification(
      name: "hold_audio_url", kind: .string(length: 1...4096), excludes: "hold_media_name",
      effectiveOnlyWith: ("start_conference_on_create", .boolean(false))),
    FieldSpecification(
      name: "hold_media_name", kind: .string(length: 1...255), excludes: "hold_audio_url",
      effectiveOnlyWith: ("start_conference_on_create", .boolean(false))),
    FieldSpecification(name: "max_participants", kind: .integer(2...800), vendorDefault: .integer(250)),
    FieldSpecification(name: "region", kind: .enumeration(["Australia", "Europe", "Middle East", "US"])),
    FieldSpecification(name: "start_conference_on_create", kind: .boolean, vendorDefault: .boolean(true)),
  ]
}
