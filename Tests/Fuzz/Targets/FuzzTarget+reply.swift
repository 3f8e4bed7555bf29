internal import EventLoop
internal import JSON

@testable internal import Gateway

extension FuzzTarget {
  /// What is answered to each send of a command, as `ScriptedOutcomes` reads it.
  ///
  /// 1. A command comes to its end, within its attempts and its deadline.
  /// 2. It was executed only where the last reply is a success and names a conference to another reader, too.
  /// 3. It was not executed only where nothing before can have been.
  /// 4. Whatever the end is, the caller's reply says no less.
  static func checkReply(_ input: [UInt8]) throws(Violation) {
    try checkReading(Array(input.drop { $0 != UInt8(ascii: "{") && $0 != UInt8(ascii: "[") }))
    var outcomes = ScriptedOutcomes(input)
    var now = MonotonicTime(nanoseconds: 1_000_000_000)
    let deadline = now + .seconds(30)
    var life = CommandLife(
      bounds: CommandLife.Bounds(attempts: 3, attemptTimeout: .seconds(10), deadline: deadline, tokens: [0, 1]))
    var last: AttemptOutcome?
    var mayHaveExecuted = false
    var action = life.begin(at: now)
    for _ in 0..<32 {
      switch action {
      case .send(_, let timeout, _):
        try require(now < deadline && timeout <= deadline - now, "nothing is sent that may end behind the deadline")
        now = now + .seconds(1)
        let outcome = outcomes.next()
        last = outcome
        mayHaveExecuted = mayHaveExecuted || outcome.mayHaveExecuted
        action = life.attemptEnded(outcome, at: now, jitter: 0.5, mayRetry: { true })
      case .note:
        action = life.tokenNoted(at: now)
      case .wait(let until):
        try require(until > now && until <= deadline, "a pause has its end")
        now = until
        action = life.backoffEnded(at: now)
      case .settle(let verdict):
        try require(life.attempts <= 6, "there are no more sends than attempts and tokens allow")
        return try check(verdict, after: last, mayHaveExecuted)
      }
    }
    throw Violation("a command comes to its end")
  }

  /// What is read of somebody else's text is what others read there, and of a sound one no string is missing.
  private static func checkReading(_ text: [UInt8]) throws(Violation) {
    let independent = IndependentJSON(text)
    if JSONValue.isSound(text) { try require(independent != nil, "a sound text is JSON") }
    guard let independent else { return }
    try require(JSONValue.read(text)?.isPart(of: independent) ?? false, "what is read is there")
  }

  /// Whether the reply names the conference to another reader. A text that isn't quite JSON has none but ours.
  static func names(_ reply: UpstreamReply, _ id: String) -> Bool {
    guard let reading = IndependentJSON(reply.body) else { return true }
    return reading["data"]?["id"]?.string?.utf8.elementsEqual(id.utf8) ?? false
  }

  private static func check(
    _ verdict: CommandLife.Verdict, after last: AttemptOutcome?, _ mayHaveExecuted: Bool
  ) throws(Violation) {
    let answer = VerdictReply(verdict, requestID: "r", commandID: "c")
    switch verdict {
    case .executed(let reply, let id):
      try require(last == .replied(reply) && (200..<300).contains(reply.status), "executed is a success")
      try require(
        !id.isEmpty && names(reply, id), "executed has its conference")
      try require(answer.outcome == .done(conferenceID: id) && answer.reply.body == reply.body, "done is what was said")
    case .unknown:
      try require(mayHaveExecuted, "what can't have been executed is not unknown")
      try require(answer.outcome == .unknown && answer.reply.status == 504, "unknown is told as unknown")
    case .passed: try require(false, "a create is not passed on")
    case .rejected, .throttled, .tokenRefused, .redirected, .notSent:
      try require(!mayHaveExecuted, "what may have been executed is not free")
      try require(answer.outcome == .free && answer.reply.status >= 300, "what was not executed is told as an error")
    }
    if case .throttled = verdict {
      let wait = answer.reply.fields.texts(of: "retry-after")
      try require(wait.count == 1 && (1...60).contains(Int(wait[0]) ?? 0), "who is throttled hears how long, once")
    }
    let fields = answer.reply.fields.texts(of: "x-should-retry")
    if [409, 502, 504].contains(answer.reply.status), answer.outcome != .free {
      try require(fields.contains("false"), "a final answer says so")
    }
  }
}

extension AttemptOutcome {
  /// By the letter of the promise: all that isn't a certain no.
  fileprivate var mayHaveExecuted: Bool {
    switch self {
    case .notSent: false
    case .lost: true
    case .replied(let reply):
      switch reply.status {
      case 307, 308, 400..<408, 409..<425, 426..<500: false
      default: true
      }
    }
  }
}

extension JSONValue {
  /// Whether each value here is one of the other reading, where it may be nothing.
  fileprivate func isPart(of other: IndependentJSON) -> Bool {
    switch (self, other) {
    case (.null, _): true
    case (.boolean(let boolean), .boolean(let other)): boolean == other
    case (.integer(let integer), .number): integer == other.integer
    case (.number(let text), .number(let other)): text.utf8.elementsEqual(other)
    case (.string(let string), .string(let bytes)): string.utf8.elementsEqual(bytes)
    case (.array(let elements), .array(let others)):
      elements.count == others.count && zip(elements, others).allSatisfy { $0.isPart(of: $1) }
    case (.object(let object), .object(let others)):
      object.members.count <= others.count
        && object.members.allSatisfy { member in
          others.contains { $0.key.elementsEqual(member.key.utf8) && member.value.isPart(of: $0.value) }
        }
    default: false
    }
  }
}
