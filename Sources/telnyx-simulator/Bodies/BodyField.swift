import JSON

/// One field of a call's body, and what Telnyx demands of it.
struct BodyField: Sendable {
  enum Kind {
    case text
    /// Of so many characters at most.
    case textUpTo(Int)
    case base64
    /// What a telephone can dial, with pauses.
    case dtmf
    case boolean
    case integer(ClosedRange<Int64>)
    /// A number of times, or without an end.
    case loop
    case oneOf([String])
    case texts
    case object
  }

  let name: String
  let kind: Kind
  let isRequired: Bool

  init(_ name: String, _ kind: Kind, isRequired: Bool = false) {
    self.name = name
    self.kind = kind
    self.isRequired = isRequired
  }

  /// What is wrong with it in a body; nil = nothing.
  func error(in body: JSONObject) -> TelnyxError? {
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
    case .loop:
      if value == .string("infinity") { return nil }
      guard let integer = value.integer else { return (.type, "must be an integer, or infinity") }
      return (1...100).contains(integer) ? nil : (.range, "is outside of its range")
    case .texts:
      let isTexts = value.array?.allSatisfy { $0.string != nil } ?? false
      return isTexts ? nil : (.type, "must be an array of strings")
    case .object:
      return value.object == nil ? (.type, "must be an object") : nil
    case .text, .textUpTo, .base64, .dtmf, .oneOf:
      guard let string = value.string else { return (.type, "must be a string") }
      return violation(string)
    }
  }

  private func violation(_ string: String) -> (TelnyxError.Code, String)? {
    if case .oneOf(let values) = kind {
      return values.contains(string) ? nil : (.enumerated, "must be one of \(values.joined(separator: ", "))")
    }
    if case .base64 = kind { return string.isBase64 ? nil : (.clientState, "must be Base64") }
    if isRequired, string.isEmpty { return (.length, "must not be empty") }
    switch kind {
    case .dtmf: return string.isDTMF ? nil : (.badRequest, "has a character that can't be dialled")
    case .textUpTo(let length) where string.unicodeScalars.count > length:
      return (.length, "must have \(length) characters at most")
    default: return nil
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

  fileprivate var isDTMF: Bool { utf8.allSatisfy { "0123456789ABCD*#wW".utf8.contains($0) } }
}
