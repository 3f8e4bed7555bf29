import JSON
import TestKit
import Testing

@Suite("Each request is a line of the log at debug", .timeLimit(.minutes(30)))
struct RequestLineTests {
  private static let stages = ["decided", "admitted", "sent", "first_byte", "outcome", "settled", "replied"]

  private func lines(_ gateway: GatewayProcess) -> [JSONValue] {
    ChildProcess.jsonLines(gateway.process.standardError).filter { $0["message"]?.string == "request" }
  }

  @Test("with its stages' times, who called and what became of it; and never a key, a token or a body")
  func requests() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.arguments = ["--log-level", "debug"]
      $0.policy = ["region: {forbid: true}"]
    }
    let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
    let fields = ["X-Request-Id: r-1", "traceparent: 00-\(trace)-00f067aa0ba902b7-01"]
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "a-name"), headers: fields).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "a-name")).status == 200)
    #expect(try gateway.create(GatewayProcess.command(nil, "\"region\":\"US\"")).status == 403)
    #expect(try gateway.create("{", key: "obviously-no-key").status == 401)
    #expect(try gateway.call("GET", "/v2/operations/c-1").status == 200)
    #expect(try gateway.call("GET", "/nowhere?secret=1").status == 404)
    #expect(gateway.terminate() == 0)
    let lines = lines(gateway)
    #expect(
      lines.map { [$0["route"]?.string, $0["decision"]?.string, $0["kind"]?.string] } == [
        ["create", "forwarded", nil], ["create", "replayed", nil], ["create", "refused", "policy"],
        ["none", "refused", "unauthenticated"], ["operation", "inspected", nil], ["none", "refused", "not_found"],
      ])
    #expect(lines.map { $0["status"]?.integer } == [200, 200, 403, 401, 200, 404])
    #expect(lines.map { $0["attempts"]?.integer } == [1, 0, 0, 0, 0, 0])
    #expect(lines.allSatisfy { $0["level"]?.string == "debug" && $0["peer"]?.string?.hasPrefix("127.0.0.1:") == true })
    let first = try #require(lines.first)
    #expect(first["request_id"]?.string == "r-1" && first["trace_id"]?.string == trace)
    #expect(first["team"]?.string == "support" && first["caller"]?.string == "dialer")
    #expect(first["command_id"]?.string == "c-1" && first["outcome"]?.string == "executed")
    let times = try #require(first["ms"])
    #expect(times.object?.members.map(\.key) == Self.stages)
    // In their order, each no earlier than the one before.
    let numbers = try Self.stages.map { try #require(Double(Self.text(times[$0]))) }
    #expect(numbers == numbers.sorted() && numbers[0] >= 0, "\(numbers)")
    #expect(lines[3]["team"] == nil && lines[5]["team"] == nil)
    for secret in [
      GatewayProcess.key, "obviously-no-key", SimulatorProcess.token, "a-name", "v3:of-a-test", "secret", "nowhere",
    ] {
      #expect(!gateway.process.standardError.contains(secret), "\(secret)")
    }
  }

  private static func text(_ number: JSONValue?) -> String {
    switch number {
    case .number(let text): text
    case .integer(let integer): "\(integer)"
    default: "none"
    }
  }

  @Test("in which what callers choose is escaped, and bounded")
  func hostile() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.arguments = ["--log-level", "debug"] }
    let long = String(repeating: "y", count: 2000)
    #expect(try gateway.call("GET", "/\u{202E}\u{1B}[31m\(long)").status != 200)
    let id = String(repeating: "\u{2800}", count: 80)
    #expect(try gateway.create(GatewayProcess.command(id)).status == 200)
    #expect(gateway.terminate() == 0)
    let text = gateway.process.standardError
    #expect(text.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 && $0.value < 0x7F })
    #expect(lines(gateway).count >= 1 && lines(gateway).contains { $0["command_id"]?.string == id })
    #expect(text.split(separator: "\n").allSatisfy { $0.utf8.count < 3000 })
  }
}
