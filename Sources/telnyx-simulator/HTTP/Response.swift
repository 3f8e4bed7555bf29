import JSON

/// An answer before it is put into bytes.
struct Response: Sendable {
  var status: Int
  var headers: [(name: String, value: String)] = []
  var body: [UInt8]

  init(_ status: Int, body: [UInt8]) {
    self.status = status
    self.body = body
  }

  init(_ status: Int, _ value: JSONValue) {
    self.init(status, body: value.text)
  }

  /// A refusal in Telnyx's envelope.
  static func errors(_ status: Int, _ errors: [TelnyxError]) -> Response {
    Response(status, ["errors": .array(errors.map(\.json))])
  }

  static func error(_ status: Int, _ code: TelnyxError.Code, _ detail: String) -> Response {
    errors(status, [TelnyxError(code, detail)])
  }

  func with(_ name: String, _ value: String) -> Response {
    var copy = self
    copy.headers.append((name, value))
    return copy
  }

  /// The reply as it goes over the wire (RFC 9112, section 4).
  ///
  /// - Parameters:
  ///   - framing: how the client is told where the body ends, which may be a lie.
  ///   - isHead: the request was a HEAD, whose reply has no body.
  func bytes(_ framing: ReplyFraming, keepsAlive: Bool, isHead: Bool) -> [UInt8] {
    // 204 and 304 have no body, and so no length (RFC 9110, section 8.6).
    let isBodiless = status == 204 || status == 304
    var head = "HTTP/1.1 \(status) \(Self.reason(status))\r\n"
    if !isBodiless {
      head += "content-type: application/json\r\n"
      head += framing.header(length: body.count)
    }
    for header in headers { head += "\(header.name): \(header.value)\r\n" }
    head += keepsAlive ? "connection: keep-alive\r\n\r\n" : "connection: close\r\n\r\n"
    return Array(head.utf8) + (isBodiless || isHead ? [] : framing.encode(body))
  }

  private static func reason(_ status: Int) -> String {
    switch status {
    case 200: "OK"
    case 201: "Created"
    case 204: "No Content"
    case 307: "Temporary Redirect"
    case 400: "Bad Request"
    case 401: "Unauthorized"
    case 403: "Forbidden"
    case 404: "Not Found"
    case 405: "Method Not Allowed"
    case 408: "Request Timeout"
    case 409: "Conflict"
    case 413: "Content Too Large"
    case 415: "Unsupported Media Type"
    case 422: "Unprocessable Content"
    case 425: "Too Early"
    case 429: "Too Many Requests"
    case 431: "Request Header Fields Too Large"
    case 500: "Internal Server Error"
    case 502: "Bad Gateway"
    case 503: "Service Unavailable"
    case 504: "Gateway Timeout"
    default: "Simulated"
    }
  }
}
