internal import JSON

/// One thing that is wrong with a request: one entry of an error envelope's `errors`.
package struct Fault: Error, Sendable, Equatable {
  /// Telnyx's own codes, which SDKs and their users know.
  package enum Code: String, Sendable {
    case missingParameter = "10004"
    case notFound = "10005"
    case unexpected = "10007"
    case timeout = "10008"
    case unauthenticated = "10009"
    case forbidden = "10010"
    case tooManyRequests = "10011"
    case badRequest = "10015"
    case invalidJSON = "10023"
    case invalidType = "10026"
    case unprocessable = "10027"
    case notJSONContentType = "10029"
    case methodNotAllowed = "10030"
    case invalidEnumeration = "10032"
    case outOfRange = "10033"
    case beingProcessed = "10036"
    case unavailable = "10037"
    case invalidClientState = "90017"

    /// In Telnyx's words.
    package var title: String {
      switch self {
      case .missingParameter: "Missing required parameter"
      case .notFound: "Resource not found"
      case .unexpected: "Unexpected error"
      case .timeout: "Request timeout"
      case .unauthenticated: "Authentication failed"
      case .forbidden: "Authorization failed"
      case .tooManyRequests: "Too many requests"
      case .badRequest: "Bad Request"
      case .invalidJSON: "Invalid JSON"
      case .invalidType: "Invalid parameter type"
      case .unprocessable: "Unprocessable Entity"
      case .notJSONContentType: "Expected JSON Content-Type"
      case .methodNotAllowed: "Method not allowed"
      case .invalidEnumeration: "Invalid enumerated value"
      case .outOfRange: "Value outside of range"
      case .beingProcessed: "Resource is being processed"
      case .unavailable: "Service unavailable"
      case .invalidClientState: "Invalid value for client_state"
      }
    }
  }

  /// Whose rule it is that said no.
  package enum Owner: String, Sendable {
    case organization, team
  }

  package let code: Code
  /// Who can change the rule that said no; nil where there is none. (Here it takes no room: there is a gap behind the code.)
  package var owner: Owner?
  /// For people: what is wrong and what would be right. Never holds a value that may be a secret.
  package var detail: String
  /// RFC 6901, into the request's body.
  package var pointer: String?
  /// The policy rule that said no, such as `hold_audio_url.allow`.
  package var rule: String?

  package init(
    _ code: Code, _ detail: String, pointer: String? = nil, rule: String? = nil, owner: Owner? = nil
  ) {
    self.code = code
    self.detail = detail
    self.pointer = pointer
    self.rule = rule
    self.owner = owner
  }
}

extension Fault {
  package static let missing = Fault(.missingParameter, "is required")
  package static let notBase64 = Fault(
    .invalidClientState, "must be standard Base64 with padding (RFC 4648, section 4)")

  package static func outOfRange(_ detail: String) -> Fault { Fault(.outOfRange, detail) }

  package static func notAmong(_ cases: [String]) -> Fault {
    Fault(.invalidEnumeration, "must be one of: \(cases.joined(separator: ", "))")
  }

  package static func excludes(_ other: Field) -> Fault {
    Fault(.badRequest, "must not be given together with \(other.name)")
  }

  /// How many unknown members are told of one by one: a body full of them is not answered with a reply many times its size.
  package static let mostUnknown = 32

  /// - Parameter name: the field's.
  static func misnamed(_ key: String, _ name: String) -> Fault {
    Fault(
      .badRequest, "looks like \(name) and is not: a field's name must be written exactly so",
      pointer: Self.pointer(to: key))
  }

  /// To any member of the body (RFC 6901, section 3).
  package static func pointer(to key: String) -> String {
    var bytes = [UInt8(ascii: "/")]
    for byte in key.utf8 {
      switch byte {
      case UInt8(ascii: "~"): bytes.append(contentsOf: "~0".utf8)
      case UInt8(ascii: "/"): bytes.append(contentsOf: "~1".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func wrongType(expected: String, found: JSONValue) -> Fault {
    let found =
      switch found {
      case .null: "null"
      case .boolean: "a boolean"
      case .integer: "an integer"
      case .number: "a number that is no integer"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    return Fault(.invalidType, "must be \(expected), is \(found)")
  }

  /// The same fault, told of a field.
  package func at(_ field: Field) -> Fault {
    var fault = self
    fault.detail = "\(field.name) \(detail)"
    fault.pointer = field.pointer
    return fault
  }
}
