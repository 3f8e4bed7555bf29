/// The values of the label `outcome`: how an attempt ended.
enum AttemptLabel: Int, CaseIterable {
  case success, redirect, tokenRefused, throttled, clientError, serverError
  /// No byte of the command has left.
  case notSent
  /// It has left, and there is no reply: it may have been executed.
  case lost

  init(_ outcome: AttemptOutcome) {
    switch outcome {
    case .notSent: self = .notSent
    case .lost: self = .lost
    case .replied(let reply):
      switch reply.status {
      case ..<300: self = .success
      case ..<400: self = .redirect
      case 401, 403: self = .tokenRefused
      case 429: self = .throttled
      case ..<500: self = .clientError
      default: self = .serverError
      }
    }
  }

  var label: String {
    switch self {
    case .success: "2xx"
    case .redirect: "3xx"
    case .tokenRefused: "token_refused"
    case .throttled: "429"
    case .clientError: "4xx"
    case .serverError: "5xx"
    case .notSent: "not_sent"
    case .lost: "lost"
    }
  }
}
