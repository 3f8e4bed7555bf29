package import Conference

/// A command, asking the ledger whether it may be sent. One that policy forbids asks, too, where it may be the repeat of one that
/// was allowed once: that gets the same answer, whatever policy says now.
///
/// A class, because it changes hands a dozen times on its way to the ledger's thread: one retain each, not thirty.
package final class Admission: Sendable {
  /// The idempotency key: the caller's, or one that the gateway made.
  package let commandID: String
  package let team: String
  package let caller: String
  /// SHA-256 of the caller's own parsed body, 32 bytes.
  package let fingerprint: [UInt8]
  /// The exact bytes to send; none where it is forbidden.
  package let body: [UInt8]
  /// With which it will be sent.
  package let token: TokenDigest
  /// The conference's name and region, by which it can be found again.
  package let conferenceName: String
  package let region: String?
  /// All are charged, or none.
  package let limits: [LimitCharge]
  /// Why nothing new can be sent now (Telnyx is down, this process is stopping), or nil. Replays don't mind.
  package let unavailability: Refusal?
  package let forbidden: ForbiddenCommand?
  /// The caller gave no key of its own; `commandID` was made by the gateway.
  package let isKeyless: Bool
  /// What an SDK says of itself: 0 = first try.
  package let retryCount: Int
  /// It is the same as an equal one without a key that its caller asked for within this time; nil = only an SDK's retry is.
  package let joinWithin: Duration?
  /// For the record of whatever the ledger decides itself: it sets decision, status, rule and duration.
  package let audit: AuditedRequest

  package init(
    commandID: String, team: String, caller: String, fingerprint: [UInt8], body: [UInt8], token: TokenDigest,
    conferenceName: String,
    region: String?, limits: [LimitCharge], unavailability: Refusal?, forbidden: ForbiddenCommand? = nil,
    isKeyless: Bool, retryCount: Int, joinWithin: Duration? = nil, audit: AuditedRequest
  ) {
    self.commandID = commandID
    self.team = team
    self.caller = caller
    self.fingerprint = fingerprint
    self.body = body
    self.token = token
    self.conferenceName = conferenceName
    self.region = region
    self.limits = limits
    self.unavailability = unavailability
    self.forbidden = forbidden
    self.isKeyless = isKeyless
    self.retryCount = retryCount
    self.joinWithin = joinWithin
    self.audit = audit
  }
}

/// Policy's no to a new command.
package final class ForbiddenCommand: Sendable {
  package let refusal: Refusal
  /// What it asked for, for the record of the refusal.
  package let fields: AuditFields

  package init(_ refusal: Refusal, fields: AuditFields) {
    self.refusal = refusal
    self.fields = fields
  }
}

/// One limit that a request counts against.
package struct LimitCharge: Sendable, Hashable {
  package let rule: LimitRule
  /// Who is counted: unique among all limits, such as `caller/support/dialer/burst`.
  package let key: String

  package init(rule: LimitRule, key: String) {
    self.rule = rule
    self.key = key
  }
}

/// How a limit stands after a request was counted, for the `RateLimit` fields.
package struct LimitStatus: Sendable, Equatable {
  package let rule: LimitRule
  /// Requests that would pass now.
  package let remaining: Int
  /// Seconds until one more would pass (0 while `remaining` > 0), rounded up.
  package let retryAfter: Int
  /// Seconds until one more than `remaining` would pass, rounded up: within them no more do.
  /// (draft-ietf-httpapi-ratelimit-headers-11, section 4.1.2, the effective window; section 6 asks that `Retry-After`
  /// is no earlier.)
  package let reset: Int

  package init(rule: LimitRule, remaining: Int, retryAfter: Int, reset: Int) {
    self.rule = rule
    self.remaining = remaining
    self.retryAfter = retryAfter
    self.reset = reset
  }
}
