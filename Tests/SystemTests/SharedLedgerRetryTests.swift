import JSON
import TestKit
import Testing

/// Two gateways on one ledger, as two pods of a service have them, and callers that name no key.
@Suite("Two gateways that share a ledger, and a create without a key", .timeLimit(.minutes(30)))
struct SharedLedgerRetryTests {
  private static let body = #"{"call_control_id":"v3:answered","name":"call"}"#

  private let simulator: SimulatorProcess
  private let first: GatewayProcess
  private let second: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let ledger = try SharedLedger(on: PostgresServer.shared.get())
    let simulator = simulator
    let gateways = try ["one", "two"].map { name in
      try GatewayProcess(before: simulator) { options in
        options.postgres = ledger.lines(replica: name)
        options.upstreamLines = ["attempts: 1"]
        options.keyless = name == "two" ? "{join: 60s}" : nil
      }
    }
    (first, second) = (gateways[0], gateways[1])
  }

  @Test("an SDK that hears nothing from the one and tries the other has one conference")
  func retry() throws {
    try simulator.queue(faults: "close-after")
    #expect(try first.create(Self.body).status == 504)
    let retry = try second.create(Self.body, headers: ["X-Stainless-Retry-Count: 1"])
    #expect(retry.status == 200)
    #expect(try first.create(Self.body, headers: ["X-Stainless-Retry-Count: 2"]).body == retry.body)
    #expect(try simulator.executed().count == 1)
  }

  @Test("a webhook that is delivered to both makes one conference where equal creates are joined")
  func webhook() throws {
    let reply = try first.create(Self.body)
    let again = try second.create(Self.body)
    #expect(reply.status == 200 && again.status == 200 && again.body == reply.body)
    #expect(again.headers["idempotent-replayed"] == "true")
    #expect(try simulator.executed().count == 1)
  }
}
