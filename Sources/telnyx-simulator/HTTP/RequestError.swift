/// Why a request could not be read. Whatever it is, the connection can't be used any further.
enum RequestError: Error {
  case malformed(String)
  case headTooLarge
  case bodyTooLarge
  /// The client left in the middle of a request: there is nobody to answer.
  case abandoned

  /// What the client is told.
  var response: Response? {
    switch self {
    case .malformed(let detail): .error(400, .badRequest, detail)
    case .headTooLarge: .error(431, .badRequest, "The head is larger than 64 KiB.")
    case .bodyTooLarge: .error(413, .badRequest, "The body is larger than 1 MiB.")
    case .abandoned: nil
    }
  }
}
