package import EventLoop
package import JSON

/// What the audit will say of one request. The ledger adds `seq`, `time`, `prev` and `hash`, and writes it.
package struct AuditEntry: Sendable {
  package enum Decision: String, Sendable {
    case forwarded, replayed, refused, limited, conflict, recovered
  }

  /// A field that policy touched. Values that control a call are pseudonyms here.
  package struct TouchedField: Sendable, Equatable {
    package let name: AuditText
    /// `default`, `clamped`, `forced` ..., as in `Convene-Policy`.
    package let change: String
    package let asked: AuditValue?
    package let effective: AuditValue?

    package init(name: String, change: String, asked: JSONValue?, effective: JSONValue?) {
      self.name = AuditText(name)
      self.change = change
      self.asked = asked.map(AuditValue.init)
      self.effective = effective.map(AuditValue.init)
    }
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

  /// Policy touches at most twice as many as a command has; of a caller's unknown fields there may be thousands.
  package static let mostFields = 32

  package var organization: String
  package var team: String?
  package var caller: String?
  /// `127.0.0.1:50312`, or `unix:uid=1000`.
  package var peer: String
  package var requestID: String
  package var traceparent: String?
  package var commandID: String?
  /// `call_control_id`, as a keyed pseudonym.
  package var callControl: String?
  /// `client_state`: bytes of its text, and a keyed pseudonym.
  package var clientState: (length: Int, pseudonym: String)?
  package var decision: Decision
  package var rule: String?
  /// Of very many the first ones.
  package var fields: [TouchedField] = [] {
    didSet {
      omittedFields = max(fields.count - Self.mostFields, 0)
      if omittedFields > 0 { fields.removeLast(omittedFields) }
    }
  }
  /// How many more there were.
  package private(set) var omittedFields = 0
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
}
