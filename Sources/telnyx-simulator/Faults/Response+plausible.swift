import JSON

extension Response {
  /// What Telnyx, or a proxy before it, might answer with this status.
  static func plausible(_ status: Int) -> Response {
    guard status >= 400 else { return Response(status, ["data": [:]]) }
    let code: TelnyxError.Code =
      switch status {
      case 400: .badRequest
      case 401: .authenticationFailed
      case 403: .authorizationFailed
      case 404: .notFound
      case 405: .methodNotAllowed
      case 408, 504: .timeout
      case 409: .beingProcessed
      case 415: .expectedJSON
      case 422: .unprocessable
      case 429: .tooManyRequests
      case 502, 503: .unavailable
      default: .unexpected
      }
    return .error(status, code, "The simulator was asked to answer \(status).")
  }
}
