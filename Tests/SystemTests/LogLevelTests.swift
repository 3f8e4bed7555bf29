import JSON
import TestKit
import Testing

@Suite("The log's level", .timeLimit(.minutes(30)))
struct LogLevelTests {
  private static let key = "key-of-a-test-operator"

  private func gateway(_ simulator: SimulatorProcess, hasKey: Bool = true) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      $0.admin = true
      if hasKey { $0.adminLines = ["key_sha256: \"\(GatewayProcess.digest(Self.key))\""] }
    }
  }

  private func ask(
    _ gateway: GatewayProcess, _ method: String, _ query: String = "", body: String = "", key: String? = nil
  ) throws -> WireReply {
    let client = try WireClient(address: try #require(gateway.addresses.last))
    try client.send(WireClient.request(method, "/log-level\(query)", body, key: key))
    return try client.readReply()
  }

  private func lines(_ gateway: GatewayProcess, _ message: String) -> Int {
    ChildProcess.jsonLines(gateway.process.standardError).count { $0["message"]?.string == message }
  }

  @Test("is changed while the gateway serves, by who has the key, and what it was is told")
  func change() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator)
    #expect(try ask(gateway, "GET").json()["level"]?.string == "info")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let reply = try ask(gateway, "PUT", "?level=debug", key: Self.key)
    #expect(try reply.status == 200 && reply.json()["level"]?.string == "debug")
    #expect(try reply.json()["before"]?.string == "info" && ask(gateway, "GET").json()["level"]?.string == "debug")
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "two")).status == 200)
    #expect(try ask(gateway, "PUT", body: "level=warning\n", key: Self.key).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-3", name: "three")).status == 200)
    #expect(try ask(gateway, "PUT", body: "info", key: Self.key).status == 200)
    #expect(gateway.terminate() == 0)
    let requests = ChildProcess.jsonLines(gateway.process.standardError).filter { $0["message"]?.string == "request" }
    #expect(requests.map { $0["command_id"]?.string } == ["c-2"])
    #expect(lines(gateway, "the log level is changed") == 3)
    #expect(lines(gateway, "stopped") == 1)
  }

  @Test("is nobody else's to change")
  func strangers() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator)
    for key in [nil, "another-key", GatewayProcess.key] {
      let reply = try ask(gateway, "PUT", "?level=debug", key: key)
      #expect(reply.status == 401 && reply.headers["www-authenticate"] == "Bearer")
    }
    #expect(try ask(gateway, "PUT", body: "debug").status == 401)
    let keyless = try self.gateway(simulator, hasKey: false)
    #expect(try ask(keyless, "PUT", "?level=debug", key: Self.key).status == 403)
    #expect(try ask(gateway, "POST", "?level=debug", key: Self.key).headers["allow"] == "GET, HEAD, PUT")
    #expect(try gateway.call("PUT", "/log-level?level=debug").status == 404)
    for gateway in [gateway, keyless] { #expect(try ask(gateway, "GET").json()["level"]?.string == "info") }
  }

  @Test(
    "stays as it is where what is asked for is none",
    arguments: [
      ("", ""), ("?level=", ""), ("?level=loud", ""), ("?level=DEBUG", ""), ("?level=debug&level=info", ""),
      ("?level=debug", "info"), ("?lvl=debug", ""), ("", "{\"level\":\"debug\"}"), ("", "debug\u{0}"),
    ])
  func wrong(query: String, body: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator)
    let reply = try ask(gateway, "PUT", query, body: body, key: Self.key)
    #expect(reply.status == 400)
    #expect(reply.text == "say level=LEVEL, as query or body; one of \(Self.names)\n")
    #expect(try ask(gateway, "GET").json()["level"]?.string == "info")
  }

  private static let names = "trace, debug, info, notice, warning, error, critical"

  @Test("is refused at the start where it is none, with those that there are")
  func start() throws {
    for level in ["loud", "DEBUG", "", "7"] {
      let child = try ChildProcess("convene", ["serve", "--log-level", level])
      #expect(child.waitForExit() == 2)
      for name in Self.names.split(separator: ", ") { #expect(child.standardError.contains(name), "\(level)") }
    }
    let child = try ChildProcess("convene", ["serve"], environment: ["CONVENE_LOG_LEVEL": "loud"])
    #expect(child.waitForExit() == 2)
    #expect(child.standardError.contains("CONVENE_LOG_LEVEL is no log level: loud; one of \(Self.names)"))
  }
}
