import Gateway
import TestKit
import Testing

@Suite("More attempts than connections", .timeLimit(.minutes(30)))
struct WaitingTests {
  @Test("all get their reply")
  func allReplied() throws {
    let simulator = try SimulatorProcess()
    let address = try #require(simulator.addresses["http"])
    let crowd = try Crowd(to: "http://\(address)/v2", token: SimulatorProcess.token, ends: 50)
    let outcomes = crowd.run(timeouts: Array(repeating: .seconds(300), count: 50))
    #expect(outcomes.count == 50)
    for outcome in outcomes.values {
      guard case .replied(let reply) = outcome else {
        Issue.record("\(outcome)")
        continue
      }
      #expect(reply.status == 200)
    }
  }

  @Test("one that waits too long, or is cancelled meanwhile, was not sent")
  func ends() throws {
    let silent = try ScriptedUpstream { _, _ in .hang }
    let crowd = try Crowd(to: silent.url, token: "t", ends: 4)
    let outcomes = crowd.run(
      timeouts: [.seconds(300), .seconds(300)] + Array(repeating: .milliseconds(20), count: 3) + [.seconds(300)],
      cancelled: [5])
    let names = outcomes.mapValues { outcome in
      guard case .notSent(let failure) = outcome else { return "\(outcome)" }
      return failure.name
    }
    #expect(names == [2: "timeout", 3: "timeout", 4: "timeout", 5: "stopped"])
  }

  @Test("one that must not be sent any more by the time there is a connection is not")
  func tooLateInQueue() throws {
    let silent = try ScriptedUpstream { _, _ in .hang }
    let crowd = try Crowd(to: silent.url, token: "t", ends: 5)
    let outcomes = crowd.run(
      timeouts: [.milliseconds(200), .milliseconds(200)] + Array(repeating: .seconds(300), count: 3),
      notAfter: [2: .zero, 3: .milliseconds(20), 4: .milliseconds(100)])
    for number in 2...4 as ClosedRange<UInt64> { #expect(outcomes[number] == .notSent(.tooLate)) }
    #expect(silent.requests.count == 2)
  }

  @Test("one that may be another process's when its connection is there is not sent, whether it waited for that or not")
  func leaseOver() throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let crowd = try Crowd(to: upstream.url, token: "t", ends: 4)
    let outcomes = crowd.run(timeouts: Array(repeating: .seconds(300), count: 4), ended: [1, 4])
    #expect(outcomes[0] == .notSent(.tooLate))
    #expect(outcomes[3] == .notSent(.tooLate))
    #expect(upstream.requests.count == 2)
  }

  @Test("one that waits is sent with its trace, as the others are")
  func traced() throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let trace = TraceParent(trace: TraceID(high: 1, low: 2), span: SpanID(number: 3), flags: TraceParent.sampled)
    let crowd = try Crowd(to: upstream.url, token: "t", ends: 4)
    _ = crowd.run(timeouts: Array(repeating: .seconds(300), count: 4), traceparent: trace)
    #expect(upstream.requests.count == 4)
    for request in upstream.requests { #expect(request.head.contains("traceparent: \(trace.text)")) }
  }

  @Test("one that must not be sent any more when its connection is there is not, and the connection is of use")
  func tooLateOnceConnected() throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let crowd = try Crowd(to: upstream.url, token: "t", ends: 2)
    let outcomes = crowd.run(timeouts: [.seconds(300), .seconds(300)], notAfter: [0: .zero, 1: .seconds(300)])
    #expect(outcomes[0] == .notSent(.tooLate))
    guard case .replied = outcomes[1] else {
      Issue.record("\(String(describing: outcomes[1]))")
      return
    }
    #expect(upstream.requests.count == 1)
  }

  @Test("a command that was sent is not sent again when a connection becomes free only after its window")
  func tooLateToResend() throws {
    let upstream = try ScriptedUpstream { number, request in
      if number == 1 { return .last("") }
      return QueuedResend.isOther(request.body) ? .hang : .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    let verdict = try QueuedResend(to: upstream.url, window: .milliseconds(300), other: .milliseconds(600)).run()
    guard case .unknown = verdict else {
      Issue.record("\(String(describing: verdict))")
      return
    }
    #expect(upstream.requests.count { !QueuedResend.isOther($0.body) } == 1)
  }
}
