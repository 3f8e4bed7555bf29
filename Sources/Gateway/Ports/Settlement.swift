package import EventLoop

/// What became of a command that was sent. A class as `Admission` is one.
package final class Settlement: Sendable {
  package enum Outcome: Sendable, Equatable {
    /// Executed: every repeat gets the reply.
    case done(conferenceID: String)
    /// Not executed, for certain: the command is forgotten, and a repeat is a new try.
    case free
    /// Perhaps executed. The time of the first send starts the window in which sending again is safe.
    case unknown
  }

  package let commandID: String
  package let outcome: Outcome
  /// What the caller will get, and every duplicate that waits.
  package let reply: StoredReply
  /// As it was when the ledger was asked whether the command may be sent.
  package let audit: AuditedRequest
  package let upstream: AuditEntry.Upstream?
  /// What to settle instead where the conference was found by a look-up and turns out to be another command's. nil where
  /// Telnyx itself named the conference in its answer to the command.
  package let otherwise: Settlement?
  /// The bytes that were sent, where an earlier request wrote them: its command was sent again.
  package let resent: [UInt8]?

  package init(
    commandID: String, outcome: Outcome, reply: StoredReply, audit: AuditedRequest, upstream: AuditEntry.Upstream?,
    otherwise: Settlement? = nil, resent: [UInt8]? = nil
  ) {
    self.commandID = commandID
    self.outcome = outcome
    self.reply = reply
    self.audit = audit
    self.upstream = upstream
    self.otherwise = otherwise
    self.resent = resent
  }
}

/// A reply as it is kept: what a repeat gets, byte for byte.
package struct StoredReply: Sendable, Equatable {
  package let status: Int
  package let fields: HeaderFields
  package let body: [UInt8]

  package init(status: Int, fields: HeaderFields, body: [UInt8]) {
    self.status = status
    self.fields = fields
    self.body = body
  }
}

/// What became of a command, as `GET /operations/{command_id}` tells it.
package struct Operation: Sendable, Equatable {
  package enum State: String, Sendable {
    case inFlight = "in_flight", done, unknown
  }

  package let commandID: String
  package let state: State
  package let firstSent: WallTime
  /// Of a command that is done.
  package let reply: StoredReply?
  /// The same, where it is known.
  package let conferenceID: String?

  package init(
    commandID: String, state: State, firstSent: WallTime, reply: StoredReply? = nil, conferenceID: String? = nil
  ) {
    self.commandID = commandID
    self.state = state
    self.firstSent = firstSent
    self.reply = reply
    self.conferenceID = conferenceID
  }

  /// As the record says it; nil while it is being sent. One that was not executed is not remembered.
  package var outcome: AuditEntry.Outcome? {
    switch state {
    case .inFlight: nil
    case .done: .executed
    case .unknown: .unknown
    }
  }
}
