import JSON

/// One error of Telnyx's envelope.
struct TelnyxError: Error {
  let code: Code
  let detail: String
  /// RFC 6901, into the request's body.
  let pointer: String?
  /// The name of a query parameter.
  let parameter: String?

  init(_ code: Code, _ detail: String, pointer: String? = nil, parameter: String? = nil) {
    self.code = code
    self.detail = detail
    self.pointer = pointer
    self.parameter = parameter
  }

  var json: JSONValue {
    var error: JSONObject = [
      "code": .string(code.rawValue), "title": .string(code.title), "detail": .string(detail),
    ]
    if let pointer { error.append("source", ["pointer": .string(pointer)]) }
    if let parameter { error.append("source", ["parameter": .string(parameter)]) }
    return .object(error)
  }

  enum Code: String {
    case missing = "10004"
    case notFound = "10005"
    case unexpected = "10007"
    case timeout = "10008"
    case authenticationFailed = "10009"
    case authorizationFailed = "10010"
    case tooManyRequests = "10011"
    case badRequest = "10015"
    case invalidJSON = "10023"
    case length = "10025"
    case type = "10026"
    case unprocessable = "10027"
    case expectedJSON = "10029"
    case methodNotAllowed = "10030"
    case enumerated = "10032"
    case range = "10033"
    case beingProcessed = "10036"
    case unavailable = "10037"
    case callControlID = "90015"
    case clientState = "90017"
    case nameActive = "90033"

    var title: String {
      switch self {
      case .missing: "Missing required parameter"
      case .notFound: "Resource not found"
      case .unexpected: "Unexpected error"
      case .timeout: "Request timeout"
      case .authenticationFailed: "Authentication failed"
      case .authorizationFailed: "Authorization failed"
      case .tooManyRequests: "Too many requests"
      case .badRequest: "Bad Request"
      case .invalidJSON: "Invalid JSON"
      case .length: "String length out of range"
      case .type: "Invalid parameter type"
      case .unprocessable: "Unprocessable Entity"
      case .expectedJSON: "Expected JSON Content-Type"
      case .methodNotAllowed: "Method not allowed"
      case .enumerated: "Invalid enumerated value"
      case .range: "Value outside of range"
      case .beingProcessed: "Resource is being processed"
      case .unavailable: "Service unavailable"
      case .callControlID: "Invalid Call Control ID"
      case .clientState: "Invalid value for client_state"
      case .nameActive: "Conference with given name already active"
      }
    }
  }
}
