import Foundation
import TestKit
import Testing

@Suite("Descriptors", .timeLimit(.minutes(30)))
struct DescriptorTests {
  @Test(
    "are as many after hundreds of requests as before",
    .enabled(if: ChildProcess.userID == 0, "only root may look into a process that forbids dumping"))
  func leaks() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.upstreamLines = ["attempts: 1", "max_connections: 4"]
      // Whoever leaves in the middle of a body is noticed by then.
      $0.server = ["body_timeout: 500ms"]
      $0.admin = true
    }
    func round(_ round: Int) throws {
      _ = try concurrently(8) { client in
        for number in 0..<16 {
          let id = "c-\(round)-\(client)-\(number)"
          let fault = Self.faults[number % Self.faults.count]
          _ = try gateway.create(GatewayProcess.command(id, name: id), headers: ["x-simulator-fault: \(fault)"])
          if number % 4 == 0 { _ = try gateway.create("{") }
          // Left in the middle of a request, and of an answer.
          let leaver = try gateway.connect()
          try leaver.send("POST /conferences HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{")
          let other = try gateway.connect()
          try other.send(
            WireClient.request(
              "POST", "/conferences", GatewayProcess.command("\(id)x", name: "\(id)x"), key: GatewayProcess.key))
        }
      }
    }
    // What a first round opens for good (pools, the disk) is part of the count before.
    try round(0)
    try wait { try Self.isQuiet(gateway) }
    let before = try gateway.process.descriptors
    try round(1)
    // How many of the four connections to Telnyx are kept at a moment is chance.
    try wait { try Self.isQuiet(gateway) && gateway.process.descriptors <= before + 4 }
    #expect(gateway.terminate() == 0)
  }

  @Test(
    "are kept for Telnyx, the ledger and the admin listener, however many callers only hold connections open",
    arguments: [1, 2])
  func crowd(workers: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.descriptorLimit = 256
      $0.admin = true
      $0.server = ["workers: \(workers)", "header_timeout: 600s", "drain: {timeout: 100ms}"]
    }
    #expect(gateway.process.standardError.contains("server.max_connections is 4096, but a limit of 256 open files"))
    let idle = try (0..<400).map { _ in try gateway.connect() }
    for number in 0..<3 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
      #expect(try gateway.admin("/health").status == 200)
    }
    // Nor do those who have begun to ask, and never end.
    let inside = try gateway.connect()
    let request = WireClient.request(
      "POST", "/conferences", GatewayProcess.command("c-9", name: "n-9"), key: GatewayProcess.key)
    try inside.send(String(request.dropLast()))
    let slow = try (0..<400).map { _ in
      let client = try gateway.connect()
      try? client.send("POST /conferences HTTP/1.1\r\nX: ")
      return client
    }
    let probes = try (0..<100).map { _ in
      let client = try WireClient(address: gateway.addresses[1])
      try? client.send("GET /health HTTP/1.1\r\nX: ")
      return client
    }
    for number in 3..<6 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
      #expect(try gateway.admin("/health").status == 200)
    }
    try inside.send(String(request.suffix(1)))
    #expect(try inside.readReply().status == 200)
    // They are counted, and told of.
    #expect(try gateway.metric("convene_connections_dismissed_total") >= 600)
    #expect(gateway.process.standardError.contains("connections are closed to make room for others"))
    withExtendedLifetime((idle, slow, probes)) {}
    #expect(gateway.terminate() == 0)
    #expect(try simulator.executed().count == 7)
  }

  @Test("are too few where the least that is needed isn't there, which serve and check say alike")
  func tooFew() throws {
    let scratch = try Scratch()
    let options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    let path = try GatewayProcess.write(options, to: scratch)
    for (limit, status, words) in [
      (40, 1, "a limit of 40 open files is too low"), (256, 0, "warning: server.max_connections"),
    ] {
      let check = try ChildProcess(
        "convene", ["check", "--config", path], environment: options.environment, descriptorLimit: limit)
      #expect(check.waitForExit() == status)
      #expect(check.standardError.contains(words))
    }
    let serve = try ChildProcess(
      "convene", ["serve", "--config", path], environment: options.environment, descriptorLimit: 40)
    #expect(serve.waitForExit() == 1)
    #expect(serve.standardError.contains("a limit of 40 open files is too low"))
  }

  /// Most go well, or the circuit breaker would spare the rest.
  private static let faults = ["", "close-after", "", "status=422", "", "garbage", "", "cut=40"]

  /// Every command has an outcome, and every connection but this one's is gone.
  private static func isQuiet(_ gateway: GatewayProcess) throws -> Bool {
    let page = try gateway.metrics()
    let settled = ["executed", "not_executed", "unknown"].compactMap { page.value("convene_commands_\($0)_total") }
    return settled.reduce(0, +) == page.value("convene_upstream_attempts_total")
  }
}
