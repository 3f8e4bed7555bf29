import JSON
import TestKit
import Testing

@Suite("The admin listener", .timeLimit(.minutes(30)))
struct AdminTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) { $0.admin = true }
  }

  @Test(
    "answers what it serves and nothing else",
    arguments: [
      ("/health", 200), ("/health?probe=1", 200), ("/ready", 200), ("/livez", 200), ("/startupz", 200),
      ("/readyz", 200),
      ("/status", 200), ("/metrics", 200), ("/v2/conferences", 404),
      ("/operations/x", 404),
    ])
  func paths(path: String, status: Int) throws { #expect(try gateway.admin(path).status == status) }

  @Test("is no way to create, and callers' listeners are no way to the admin's")
  func apart() throws {
    let client = try WireClient(address: try #require(gateway.addresses.last))
    try client.send(
      WireClient.request("POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    #expect(try client.readReply().status == 405)
    #expect(try gateway.call("GET", "/metrics").status == 404)
    #expect(try simulator.received() == 0)
  }

  @Test("counts requests, sends and outcomes")
  func metrics() throws {
    _ = try gateway.create(GatewayProcess.command("c-1"))
    _ = try gateway.create(GatewayProcess.command("c-1"))
    _ = try gateway.create("{}")
    let page = try gateway.metrics()
    for (name, value) in [
      ("requests", 3.0), ("refused", 1), ("replayed", 1), ("upstream_attempts", 1), ("commands_executed", 1),
      ("commands_unknown", 0),
    ] {
      #expect(page.value("convene_\(name)_total") == value, "\(name)")
    }
  }

  @Test("is not ready while Telnyx has refused every token, and says so; another token makes it ready")
  func noToken() throws {
    let token = try gateway.scratch.write("KEY-obviously-not-right", to: "token")
    let other = try GatewayProcess(before: simulator) {
      $0.admin = true
      $0.tokens = ["file: \"\(token)\""]
    }
    #expect(try other.admin("/readyz").status == 200)
    #expect(try other.create(GatewayProcess.command("c-1")).status == 502)
    let reply = try other.admin("/readyz")
    #expect(reply.status == 503 && reply.text == "no token is left: Telnyx has refused each\n")
    let status = try other.admin("/status").json()
    #expect(status["ready"] == .boolean(false) && status["not_ready"]?.array?.count == 1)
    try gateway.scratch.write(SimulatorProcess.token, to: "token")
    try wait { try other.admin("/readyz").status == 200 }
    #expect(try other.create(GatewayProcess.command("c-1")).status == 200)
  }
}
