package import EventLoop

/// Telnyx, as one worker reaches it. A port; belongs to the worker's thread.
package protocol UpstreamSending: AnyObject {
  /// Starts one attempt. Its outcome goes to `receiver`, later, exactly once, never within this call.
  func send(_ attempt: UpstreamAttempt, for exchange: ExchangeID)

  /// Ends an attempt at once; its outcome is told as for any other, and says whether the body may have left.
  func cancel(_ exchange: ExchangeID)

  /// Whether an attempt under that lease may still be sent; nil = always. Asked right before its first byte leaves, which is long after
  /// `send` where a connection is made first, or where the process has stood still.
  var mayStillSend: ((_ lease: UInt64) -> Bool)? { get set }

  /// Who is told of outcomes.
  var receiver: (any AttemptReceiving)? { get set }
}

package protocol AttemptReceiving: AnyObject {
  func attemptEnded(_ outcome: AttemptOutcome, of exchange: ExchangeID)

  /// A token stood in the reply whose outcome is told next; it is masked there.
  func tokenEchoed(to exchange: ExchangeID)
}

extension AttemptReceiving {
  package func tokenEchoed(to exchange: ExchangeID) {}
}

/// One send of one command.
package struct UpstreamAttempt: Sendable {
  /// Under the configured URL, with the query: `/conferences`.
  package let path: String
  /// What to POST, or to PATCH; nil = GET.
  package let body: [UInt8]?
  package let isPatch: Bool
  /// The caller's fields that go along. The upstream adds its own: host, token, type and length.
  package let fields: HeaderFields
  /// The trace that it is part of, and its own span there; nil = none.
  package let traceparent: TraceParent?
  /// Which of the configured tokens.
  package let token: Int
  /// Of this attempt, waiting for a connection included.
  package let timeout: Duration
  /// From then on its first byte must not leave any more: it ends as `notSent(.tooLate)`. nil = whenever.
  package let notAfter: MonotonicTime?
  /// Under which it is sent, where others may take its command over: once it is over, the same. 0 = none.
  package let lease: UInt64

  package init(
    path: String, body: [UInt8]?, fields: HeaderFields, traceparent: TraceParent? = nil, token: Int, timeout: Duration,
    notAfter: MonotonicTime? = nil, lease: UInt64 = 0, isPatch: Bool = false
  ) {
    self.isPatch = isPatch
    self.lease = lease
    self.path = path
    self.body = body
    self.fields = fields
    self.traceparent = traceparent
    self.token = token
    self.timeout = timeout
    self.notAfter = notAfter
  }

  /// The same with another time for it.
  package func within(_ timeout: Duration) -> UpstreamAttempt {
    UpstreamAttempt(
      path: path, body: body, fields: fields, traceparent: traceparent, token: token, timeout: timeout,
      notAfter: notAfter, lease: lease, isPatch: isPatch)
  }

  package func isTooLate(at now: MonotonicTime) -> Bool { notAfter.map { now >= $0 } ?? false }
}

/// How an attempt ended.
package enum AttemptOutcome: Sendable, Equatable {
  /// A whole, well-formed reply.
  case replied(UpstreamReply)
  /// No byte of the body has left this process: nothing can have been executed.
  case notSent(TransportFailure)
  /// The body, or a part of it, has left: it may have been executed.
  case lost(TransportFailure)
}

/// A class: on its way from the upstream to the verdict it changes hands a dozen times.
package final class UpstreamReply: Sendable, Equatable {
  package let status: Int
  /// Without hop-by-hop and credential fields.
  package let fields: HeaderFields
  package let body: [UInt8]
  /// Why there is no body where there was one: nobody can tell what it says. nil = it is there.
  package let unreadable: TransportFailure?
  /// What Telnyx's clock showed, to the second; read of the replies to look-ups and of errors alone. nil = it didn't say.
  package let date: WallTime?
  /// How long Telnyx asks to wait before the request is sent again; nil where it doesn't say, or it is no error.
  package let wait: Duration?
  /// When its first byte was here; nil where it was not sent to this process.
  package let firstByte: MonotonicTime?

  package init(
    status: Int, fields: HeaderFields, body: [UInt8], unreadable: TransportFailure? = nil, date: WallTime? = nil,
    firstByte: MonotonicTime? = nil
  ) {
    self.firstByte = firstByte
    self.unreadable = unreadable
    self.status = status
    self.fields = fields
    self.body = body
    self.date = date
    wait = status < 400 ? nil : RetryAfter.wait(fields, at: date ?? .now)
  }

  package static func == (left: UpstreamReply, right: UpstreamReply) -> Bool {
    left.status == right.status && left.fields == right.fields && left.body == right.body
      && left.unreadable == right.unreadable
  }
}

/// What went wrong between here and Telnyx.
package struct TransportFailure: Error, Sendable, Equatable {
  /// One word for logs and the audit: `connect`, `timeout`, `tls`, `reset` ...
  package let name: String
  /// For people, in the library's words. Holds no secret.
  package let detail: String
  /// Telnyx has answered, and not that it is in trouble: only its reply can't be read.
  package var hasAnswered: Bool

  package init(name: String, detail: String, hasAnswered: Bool = false) {
    self.name = name
    self.detail = detail
    self.hasAnswered = hasAnswered
  }

  /// The gateway itself has ended the attempt.
  package static let stopped = TransportFailure(name: "stopped", detail: "the gateway is stopping")

  /// An attempt that would have left after its `notAfter`.
  package static let tooLate = TransportFailure(
    name: "too_late", detail: "there was no connection before the time to send it again was over")
}
