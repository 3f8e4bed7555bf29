import Gateway
import TestKit
import Testing

@Suite("More attempts than connections", .timeLimit(.minutes(10)))
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
}
