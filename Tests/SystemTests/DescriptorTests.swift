import Foundation
import TestKit
import Testing

@Suite("Descriptors", .timeLimit(.minutes(5)))
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

  /// Most go well, or the circuit breaker would spare the rest.
  private static let faults = ["", "close-after", "", "status=422", "", "garbage", "", "cut=40"]

  /// Every command has an outcome, and every connection but this one's is gone.
  private static func isQuiet(_ gateway: GatewayProcess) throws -> Bool {
    let counts = try gateway.admin("/metrics").text.split(separator: "\n").filter { !$0.hasPrefix("#") }
      .reduce(into: [String: Int]()) { counts, line in
        let parts = line.split(separator: " ")
        counts[String(parts[0])] = Int(parts[1])
      }
    let settled = ["executed", "not_executed", "unknown"].compactMap { counts["convene_commands_\($0)_total"] }
    return settled.reduce(0, +) == counts["convene_upstream_attempts_total"]
  }
}
