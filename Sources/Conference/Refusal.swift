/// Why the gateway answers a request itself: an error of its own making, never one of Telnyx's.
///
/// `Kind` is the one table from what went wrong to the reply; `Refusal.Kind+guide.swift` tells people what to do.
package struct Refusal: Error, Sendable, Equatable {
  package enum Kind: String, Sendable, CaseIterable {
    // The caller's fault.
    case malformed, badRequest = "bad_request", invalid, policy, unauthenticated
    case notFound = "not_found", methodNotAllowed = "method_not_allowed", lengthRequired = "length_required"
    case bodyTooLarge = "body_too_large", mediaType = "media_type", headTooLarge = "head_too_large"
    case expectation = "expectation_failed"
    case otherBody = "idempotency_conflict", inFlight = "in_flight", undecided, limited
    // The gateway's.
    case ledgerUnavailable = "ledger_unavailable", overloaded, draining, internalFault = "internal"
    // Telnyx's, or the way there.
    case upstreamRefusedToken = "upstream_refused_token", upstreamRedirect = "upstream_redirect"
    case upstreamUnreadable = "upstream_unreadable", upstreamDown = "upstream_down", notSent = "not_sent",
      outcomeUnknown = "outcome_unknown"
    // The same, of Telnyx's other calls.
    case callUnknown = "call_unknown", noAnswer = "no_answer"

    /// Of `upstreamUnreadable`, which has the status that Telnyx gave, the first of those that it can be.
    package var status: Int {
      switch self {
      case .malformed, .badRequest, .upstreamUnreadable: 400
      case .unauthenticated: 401
      case .policy: 403
      case .notFound: 404
      case .methodNotAllowed: 405
      case .inFlight, .undecided: 409
      case .lengthRequired: 411
      case .bodyTooLarge: 413
      case .mediaType: 415
      case .expectation: 417
      case .invalid, .otherBody: 422
      case .limited: 429
      case .headTooLarge: 431
      case .internalFault: 500
      case .upstreamRefusedToken, .upstreamRedirect: 502
      case .ledgerUnavailable, .overloaded, .draining, .upstreamDown, .notSent: 503
      case .outcomeUnknown, .callUnknown, .noAnswer: 504
      }
    }

    /// What an SDK does by itself is told by `x-should-retry` and `Retry-After`, and people read the same here.
    package enum Repetition: Sendable {
      /// The same request gets the same answer.
      case useless
      /// Provably nothing was sent: safe, and due after `Retry-After`.
      case due
      /// A 409 or 5xx whose repetition by itself can't help, or without a key could do harm.
      case notByItself
    }

    package var repetition: Repetition {
      switch status {
      // What changes nothing may be asked for again.
      case _ where self == .noAnswer: .due
      case 409, 500, 502, 504: .notByItself
      case 429, 503: .due
      default: .useless
      }
    }

    /// The error type of the `Proxy-Status` field (RFC 9209, section 2.3).
    package var proxyError: String {
      switch self {
      case .upstreamRefusedToken, .upstreamRedirect, .upstreamUnreadable: "http_protocol_error"
      case .upstreamDown, .notSent: "destination_unavailable"
      case .outcomeUnknown, .callUnknown, .noAnswer: "http_response_timeout"
      case .ledgerUnavailable, .overloaded, .draining, .internalFault: "proxy_internal_error"
      default: "http_request_denied"
      }
    }
  }

  package let kind: Kind
  package let faults: [Fault]
  /// Seconds, 1 to 60.
  package var retryAfter: Int?
  /// The `Allow` field of a 405.
  package var allow: String?
  /// Where the truth about an unknown outcome will be: `/operations/{command_id}`.
  package var operation: String?

  package init(_ kind: Kind, faults: [Fault], retryAfter: Int? = nil, allow: String? = nil, operation: String? = nil) {
    self.kind = kind
    self.faults = faults
    self.retryAfter = retryAfter
    self.allow = allow
    self.operation = operation
  }

  package var status: Int { kind.status }
  /// What the audit names as the reason: the first rule that said no.
  package var rule: String? { faults.lazy.compactMap(\.rule).first }
}

extension Refusal {
  package static func malformed(_ detail: String) -> Refusal {
    Refusal(.malformed, faults: [Fault(.invalidJSON, detail)])
  }

  package static func badRequest(_ detail: String) -> Refusal {
    Refusal(.badRequest, faults: [Fault(.badRequest, detail)])
  }

  package static func invalid(_ faults: [Fault]) -> Refusal { Refusal(.invalid, faults: faults) }

  package static func policy(_ faults: [Fault]) -> Refusal { Refusal(.policy, faults: faults) }

  /// Says nothing of what was wrong with the key.
  package static let unauthenticated = Refusal(
    .unauthenticated, faults: [Fault(.unauthenticated, "a valid key is needed: Authorization: Bearer KEY")])

  /// - Parameter largest: bytes.
  package static func bodyTooLarge(_ largest: Int) -> Refusal {
    Refusal(.bodyTooLarge, faults: [Fault(.badRequest, "the body must not be larger than \(largest) bytes")])
  }

  package static func unavailable(_ kind: Kind, _ detail: String, retryAfter: Int = 1) -> Refusal {
    Refusal(kind, faults: [Fault(.unavailable, detail)], retryAfter: retryAfter)
  }
}
