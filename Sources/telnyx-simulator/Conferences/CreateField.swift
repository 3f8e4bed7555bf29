import JSON

/// One field of the create's body, and what Telnyx demands of it.
struct CreateField: Sendable {
  enum Kind {
    case text
    case base64
    case boolean
    case integer(ClosedRange<Int64>)
    case oneOf([String])
  }

  let name: String
  let kind: Kind
  var isRequired = false

  static let all = [
    CreateField(name: "call_control_id", kind: .text, isRequired: true),
    CreateField(name: "name", kind: .text, isRequired: true),
    CreateField(name: "beep_enabled", kind: .oneOf(["always", "never", "on_enter", "on_exit"])),
    CreateField(name: "client_state", kind: .base64),
    CreateField(name: "comfort_noise", kind: .boolean),
    CreateField(name: "command_id", kind: .text),
    // No upper end is documented: a conference ends after four hours whatever this says.
    CreateField(name: "duration_minutes", kind: .integer(1...Int64.max)),
    CreateField(name: "hold_audio_url", kind: .text),
    CreateField(name: "hold_media_name", kind: .text),
    CreateField(name: "max_participants", kind: .integer(2...800)),
    CreateField(name: "region", kind: .oneOf(["Australia", "Europe", "Middle East", "US"])),
    CreateField(name: "start_conference_on_create", kind: .boolean),
  ]

  /// All that is wrong with a body. A field that is not in the table is none of it: Telnyx forbids no further ones.
  static func errors(in body: JSONObject) -> [TelnyxError] {
    var errors = all.compactMap { $0.error(in: body) }
    if body["hold_audio_url"] != nil, body["hold_media_name"] != nil {
      errors.append(
        TelnyxError(.badRequest, "hold_audio_url and hold_media_name exclude each other.", pointer: "/hold_media_name"))
    }
    return errors
  }

  private func error(in body: JSONObject) -> TelnyxError? {
    guard let value = body[name] else {
      return isRequired ? TelnyxError(.missing, "\(name) is required.", pointer: "/\(name)") : nil
    }
    return violation(value).map { TelnyxError($0, "\(name) \($1).", pointer: "/\(name)") }
  }

  private func violation(_ value: JSONValue) -> (TelnyxError.Code, String)? {
    switch kind {
    case .boolean:
      return value.boolean == nil ? (.type, "must be a boolean") : nil
    case .integer(let range):
      guard let integer = value.integer else { return (.type, "must be an integer") }
      return range.contains(integer) ? nil : (.range, "is outside of its range")
    case .text, .base64, .oneOf:
      guard let string = value.string else { return (.type, "must be a string") }
      return violation(string)
    }
  }

  private func violation(_ string: String) -> (TelnyxError.Code, String)? {
    switch kind {
    case .base64: return string.isBase64 ? nil : (.clientState, "must be Base64")
    case .oneOf(let values):
      return values.contains(string) ? nil : (.enumerated, "must be one of \(values.joined(separator: ", "))")
    default: return isRequired && string.isEmpty ? (.length, "must not be empty") : nil
    }
  }
}

extension String {
  /// Whether this is standard Base64 with its padding (RFC 4648, section 4).
  fileprivate var isBase64: Bool {
    let digits = utf8.reversed().drop { $0 == UInt8(ascii: "=") }
    guard utf8.count % 4 == 0, utf8.count - digits.count <= 2 else { return false }
    return digits.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"): true
      case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "/"): true
      default: false
      }
    }
  }
}
