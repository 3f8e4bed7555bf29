package import Conference
package import EventLoop

/// What the audit will say of one request. The ledger adds `seq`, `time`, `prev` and `hash`, and writes it.
package struct AuditEntry: Sendable {
  package enum Decision: String, Sendable, CaseIterable {
    case forwarded, replayed, refused, limited, conflict, recovered, passed, configuration, chain, undelivered
  }

  /// What is known of a command that may have been executed.
  package enum Outcome: String, Sendable, CaseIterable {
    case executed
    case notExecuted = "not_executed"
    case unknown
  }

  /// What ended the doubt about a command that was sent before, its outcome unknown.
  package enum Settler: String, Sendable {
    /// A repeat of it was sent again, and answered.
    case resend
    /// Telnyx was asked what became of it.
    case lookUp = "look_up"
  }

  /// How Telnyx was asked and what it said.
  package struct Upstream: Sendable, Equatable {
    /// HTTP status of the last reply; nil where there was none.
    package var status: Int?
    package var attempts: Int
    /// Telnyx's error code, or the transport's name for what failed.
    package var code: String?
    /// From the first send to the last outcome.
    package var milliseconds: Int64

    package init(status: Int?, attempts: Int, code: String?, milliseconds: Int64) {
      self.status = status
      self.attempts = attempts
      self.code = code
      self.milliseconds = milliseconds
    }
  }

  package var organization: String
  package var team: String?
  package var caller: String?
  /// `127.0.0.1:50312`, or `unix:uid=1000`.
  package var peer: String
  package var requestID: String
  package var traceparent: String?
  package var commandID: String?
  /// Which of Telnyx's calls, where it isn't the create.
  package var call: ConferenceCall?
  /// `call_control_id`, as a keyed pseudonym.
  package var callControl: String?
  /// `client_state`: bytes of its text, and a keyed pseudonym.
  package var clientState: (length: Int, pseudonym: String)?
  package var decision: Decision
  package var rule: String?
  package var errors = AuditErrors.none
  package var fields: AuditFields = []
  /// Of the conference that was created, or found, or that another call is about.
  package var conferenceID: String?
  /// Of a command that was sent.
  package var outcome: Outcome?
  package var settler: Settler?
  /// What the caller gets.
  package var status: Int
  package var upstream: Upstream?
  /// When the request's head was there; `ms` counts from here.
  package var received: MonotonicTime
  /// The configuration's revision.
  package var configuration: String

  package init(
    organization: String, peer: String, requestID: String, received: MonotonicTime, configuration: String,
    decision: Decision = .refused, status: Int = 0
  ) {
    self.organization = organization
    self.peer = peer
    self.requestID = requestID
    self.received = received
    self.configuration = configuration
    self.decision = decision
    self.status = status
  }

  /// Why the request was refused.
  package mutating func note(_ refusal: Refusal) {
    status = refusal.status
    rule = refusal.rule
    errors = AuditErrors(refusal)
  }
}
