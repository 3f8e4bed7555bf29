import JSON
import TestKit
import Testing

/// A service creates a conference when it hears of an answered call. Webhooks come at least once: this one comes twice, and what
/// handles it knows nothing of the first time.
@Suite("A webhook that is delivered twice", .timeLimit(.minutes(30)))
struct WebhookTests {
  private static let body = #"{"call_control_id":"v3:answered","name":"call","client_state":null}"#

  private func hear(_ gateway: GatewayProcess) throws -> WireReply { try gateway.create(Self.body) }

  @Test("makes one conference where equal creates are joined, and both get its answer")
  func joined() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let gateway = try GatewayProcess(before: simulator) { $0.keyless = "{join: 60s}" }
    let (first, second) = (try hear(gateway), try hear(gateway))
    #expect(first.status == 200 && second.status == 200 && first.body == second.body)
    #expect(first.headers["idempotent-replayed"] == nil && second.headers["idempotent-replayed"] == "true")
    #expect(first.headers["convene-command-id"] == second.headers["convene-command-id"])
    #expect(try simulator.executed().count == 1)
    let records = try gateway.allRecords().filter { ["forwarded", "replayed"].contains($0.decision) }
    #expect(records.map(\.decision) == ["forwarded", "replayed"])
  }

  @Test("makes one conference where both come at once")
  func together() throws {
    let simulator = try SimulatorProcess(["--fault", "delay=200"])
    let gateway = try GatewayProcess(before: simulator) {
      $0.keyless = "{join: 60s}"
      $0.server = ["workers: 2"]
    }
    let replies = try concurrently(8) { _ in try hear(gateway) }
    #expect(replies.allSatisfy { $0.status == 200 } && Set(replies.map(\.body)).count == 1)
    #expect(try simulator.executed().count == 1)
  }

  @Test("makes two where nobody has asked for that")
  func apart() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let gateway = try GatewayProcess(before: simulator)
    let (first, second) = (try hear(gateway), try hear(gateway))
    #expect(first.status == 200 && second.status == 200 && first.body != second.body)
    #expect(try simulator.executed().count == 2)
  }
}
