package import EventLoop

/// The life of an admitted command, from its first send to its verdict: a value without I/O. An event goes in, the next
/// action comes out.
///
/// What it decides, in the order of the questions asked after each attempt:
/// 1. Telnyx took it (2xx with a conference in the reply): executed.
/// 2. Telnyx said no, or "make this request elsewhere" (307, 308), and no earlier send can have been executed: rejected,
///    throttled, not allowed to, or redirected. Any other redirect may be Telnyx's way to tell of what it has done.
/// 3. Telnyx refused the token: the next token, if there is one. That is no second try, only the first one's end. A command
///    that may have been executed is sent with no other token than that.
/// 4. Nothing left this process: try again; at the end it was not sent, if no earlier attempt was.
/// 5. Anything else may have been executed: send the same bytes again while attempts, the deadline and the resend
///    window allow; at the end the outcome is unknown.
package struct CommandLife: Sendable {
  package struct Bounds: Sendable {
    /// Sends, the first included.
    package var attempts: Int
    package var attemptTimeout: Duration
    /// Of the whole request.
    package var deadline: MonotonicTime
    /// In which of them to try the tokens.
    package var tokens: [Int]
    /// Since the first send.
    package var resendWindow: Duration
    /// Since the first send, no less than `resendWindow`.
    package var deliveryWindow: Duration

    package init(
      attempts: Int, attemptTimeout: Duration, deadline: MonotonicTime, tokens: [Int],
      resendWindow: Duration = CommandLife.resendWindow, deliveryWindow: Duration = CommandLife.deliveryWindow
    ) {
      self.attempts = attempts
      self.attemptTimeout = attemptTimeout
      self.deadline = deadline
      self.tokens = tokens
      self.resendWindow = resendWindow
      self.deliveryWindow = deliveryWindow
    }
  }

  package enum Action: Sendable, Equatable {
    /// - notAfter: from then on no byte of it may leave; nil for a command that was not sent yet.
    case send(token: Int, timeout: Duration, notAfter: MonotonicTime?)
    /// Have it on the record that this token may send it, then say `tokenNoted`.
    case note(token: Int)
    /// Wait until then, then say `backoffEnded`.
    case wait(until: MonotonicTime)
    case settle(Verdict)
  }

  /// What is sent, as far as sending it again is concerned.
  package enum Kind: Sendable {
    /// A create, or another call that has a `command_id`: Telnyx ignores it where it comes again within its window.
    case create, command
    /// Whether it was executed can't be told, and Telnyx wouldn't know it again.
    case once
    /// It changes nothing.
    case read
  }

  package enum Verdict: Sendable, Equatable {
    case executed(UpstreamReply, conferenceID: String)
    /// Another call than a create: Telnyx has answered it with a 2xx.
    case passed(UpstreamReply)
    /// A final 4xx: nothing was executed.
    case rejected(UpstreamReply)
    case throttled(UpstreamReply)
    case tokenRefused(UpstreamReply)
    case redirected(UpstreamReply)
    case notSent(TransportFailure)
    case unknown(AttemptOutcome?)
  }

  /// So long Telnyx ignores a duplicate of a `command_id`.
  package static let duplicateMemory: Duration = .seconds(60)
  /// From the first send to the moment when the first byte of the last one leaves.
  package static let resendWindow: Duration = .seconds(45)
  /// From the first send to the moment when the last byte of any has arrived, or is dropped: a resend is given up by then,
  /// and the kernel lets go of what it holds of it. The rest of Telnyx's minute is a margin for what lies behind its edge.
  package static let deliveryWindow: Duration = .seconds(55)
  /// How long the kernel may hold what has left this process and was not acknowledged, whatever becomes of the process.
  package static let longestDelivery = deliveryWindow - resendWindow

  /// Sends so far, those with another token included.
  package private(set) var attempts = 0
  /// The last thing that Telnyx, or the way there, said.
  package private(set) var lastOutcome: AttemptOutcome?

  private let bounds: Bounds
  private let kind: Kind
  private var windowEnd: MonotonicTime?
  private var mayHaveExecuted: Bool
  private var tries = 0
  private var tokenIndex = 0
  /// The last outcome is that of a send which was not the first one that can have been executed.
  private var wasResend = false
  private var isLast = false

  /// - Parameter windowEnd: for a command that was sent by an earlier request, or an earlier process.
  package init(bounds: Bounds, windowEnd: MonotonicTime? = nil, kind: Kind = .create) {
    self.bounds = bounds
    self.kind = kind
    mayHaveExecuted = windowEnd != nil
    self.windowEnd = windowEnd
  }

  /// Whether Telnyx has answered in a way that makes it worth asking what became of the command, where that is unknown: a
  /// 2xx without a conference in it, or a no or a redirect to a resend, which may be Telnyx's way to answer a duplicate.
  package var isWorthReconciling: Bool {
    guard case .replied(let reply) = lastOutcome else { return false }
    return switch reply.status {
    case 200..<300: true
    case 300..<400: wasResend
    // About the token, the time or the load, not about the command; and a look-up would hear the same.
    case 401, 403, 408, 425, 429: false
    default: (400..<500).contains(reply.status)
    }
  }

  package mutating func begin(at now: MonotonicTime) -> Action { send(at: now) }

  /// - Parameters:
  ///   - jitter: 0 ..< 1, from a random source, which is asked only where there is something to wait for.
  ///   - mayRetry: asks the retry budget, which is spent by asking.
  package mutating func attemptEnded(
    _ outcome: AttemptOutcome, at now: MonotonicTime, jitter: @autoclosure () -> Double, mayRetry: () -> Bool
  ) -> Action {
    lastOutcome = outcome
    wasResend = mayHaveExecuted
    switch outcome {
    case .replied(let reply): return replied(reply, at: now, jitter: jitter, mayRetry: mayRetry)
    case .notSent(let failure):
      // Of what has no body nobody knows whether it has left.
      return retry(at: now, jitter: jitter, mayRetry: mayRetry)
        ?? .settle(kind == .read ? .unknown(outcome) : unlessExecuted(.notSent(failure)))
    case .lost:
      noteDoubt()
      return retry(at: now, jitter: jitter, mayRetry: mayRetry) ?? .settle(.unknown(outcome))
    }
  }

  /// - Parameter isOnRecord: false where the ledger can't be written.
  package mutating func tokenNoted(_ isOnRecord: Bool = true, at now: MonotonicTime) -> Action {
    isOnRecord ? send(at: now) : giveUp()
  }

  /// The token that sends it, or sent it last.
  package var token: Int? { bounds.tokens.indices.contains(tokenIndex) ? bounds.tokens[tokenIndex] : nil }

  package mutating func backoffEnded(at now: MonotonicTime) -> Action { send(at: now) }

  /// The process is stopping and can't wait any longer. Called while waiting; an attempt under way is cancelled instead.
  package mutating func stopped() -> Action { giveUp() }

  /// Nothing more is sent: the attempt under way, or the wait, is the last.
  package mutating func stopAfterThis() { isLast = true }

  private mutating func replied(
    _ reply: UpstreamReply, at now: MonotonicTime, jitter: () -> Double, mayRetry: () -> Bool
  ) -> Action {
    switch reply.status {
    case 200..<300 where kind != .create: return .settle(.passed(reply))
    case 200..<300:
      if let id = reply.conferenceID { return .settle(.executed(reply, conferenceID: id)) }
      mayHaveExecuted = true
      return .settle(.unknown(.replied(reply)))
    // Only these two say that the same request, with its method and body, is to be made elsewhere: so it was not executed
    // here (RFC 9110, sections 15.4.8 and 15.4.9).
    case 307, 308: return .settle(unlessExecuted(.redirected(reply)))
    // 303 names the result of what was done, 301 and 302 have been used for that, too, and what the others mean after a
    // POST is not defined. Below 200 there is no final answer at all.
    case ..<400 where kind == .read: return .settle(.redirected(reply))
    case ..<400:
      mayHaveExecuted = true
      return .settle(.unknown(.replied(reply)))
    case 401, 403:
      // Where an earlier send may have been executed, no other token may send it: to another account it would be new.
      guard !mayHaveExecuted, tokenIndex + 1 < bounds.tokens.count else {
        return .settle(unlessExecuted(.tokenRefused(reply)))
      }
      guard canSend(at: now) else { return giveUp() }
      tokenIndex += 1
      tries -= 1
      return .note(token: bounds.tokens[tokenIndex])
    case 429: return .settle(unlessExecuted(.throttled(reply)))
    case 408, 425, 500...:
      noteDoubt()
      return retry(at: now, jitter: jitter, mayRetry: mayRetry)
        ?? .settle(kind == .read ? .rejected(reply) : .unknown(.replied(reply)))
    default: return .settle(unlessExecuted(.rejected(reply)))
    }
  }

  /// What changes nothing may be asked for as often as one likes.
  private mutating func noteDoubt() { mayHaveExecuted = kind != .read }

  /// A no that was said to a resend, whatever its reason, proves nothing where the first send may have been executed: what
  /// Telnyx answers to a duplicate is not documented.
  private func unlessExecuted(_ verdict: Verdict) -> Verdict {
    mayHaveExecuted ? .unknown(lastOutcome) : verdict
  }

  private mutating func retry(
    at now: MonotonicTime, jitter: () -> Double, mayRetry: () -> Bool
  ) -> Action? {
    guard tries < bounds.attempts, kind != .once || !mayHaveExecuted else { return nil }
    // 100 ms, 200 ms, 400 ms ... at most 2 s, of which a random half is waited at least. Behind the time that Telnyx asks to
    // wait a random part: all that it has put off would come at once otherwise.
    let longest = Double(min(100 << (tries - 1), 2000))
    let asked = lastOutcome?.wait ?? .zero
    let wait =
      asked > .zero
      ? asked + .milliseconds(Int64(longest * jitter())) : .milliseconds(Int64(longest * (0.5 + jitter() / 2)))
    guard canSend(at: now + wait), mayRetry() else { return nil }
    return .wait(until: now + wait)
  }

  private mutating func send(at now: MonotonicTime) -> Action {
    guard canSend(at: now), tokenIndex < bounds.tokens.count else { return giveUp() }
    tries += 1
    attempts += 1
    // From now, not from when its bytes leave: that may be later, since it may have to wait for a connection.
    let windowEnd = windowEnd ?? now + bounds.resendWindow
    self.windowEnd = windowEnd
    let token = bounds.tokens[tokenIndex]
    let timeout = min(bounds.attemptTimeout, bounds.deadline - now)
    // A first send is over in time by its request's deadline; a repeat's deadline may be later than the command's.
    guard mayHaveExecuted else { return .send(token: token, timeout: timeout, notAfter: nil) }
    let left = windowEnd + (bounds.deliveryWindow - bounds.resendWindow) - now
    return .send(token: token, timeout: min(timeout, left), notAfter: windowEnd)
  }

  private func canSend(at time: MonotonicTime) -> Bool {
    guard !isLast, time < bounds.deadline else { return false }
    guard mayHaveExecuted, let windowEnd else { return true }
    return time < windowEnd
  }

  private func giveUp() -> Action {
    if mayHaveExecuted { return .settle(.unknown(lastOutcome)) }
    switch lastOutcome {
    case .notSent(let failure): return .settle(.notSent(failure))
    case .replied:
      return .settle(
        .notSent(
          TransportFailure(name: "token_refused", detail: "there was no time, or no room, to try the next token")))
    case .lost, nil: break
    }
    return .settle(.notSent(TransportFailure(name: "deadline", detail: "no time was left to send it")))
  }
}
