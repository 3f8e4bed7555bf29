import JSON
import TestKit
import Testing

@Suite("The gateway's own tokens", .timeLimit(.minutes(30)))
struct TokenTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) {
      $0.tokens = ["env: FIRST", "env: SECOND"]
      $0.environment = ["FIRST": "first-token", "SECOND": "second-token"]
    }
  }

  private func accept(_ token: String) throws { try simulator.accept(token) }

  @Test("are tried in order")
  func first() throws {
    try accept("first-token")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try simulator.received() == 1)
    #expect(try simulator.executed().first?["authorization"]?.string == "Bearer first-token")
  }

  @Test("are tried in order, and the one that was taken goes first from then on")
  func second() throws {
    try accept("second-token")
    #expect(try gateway.create(GatewayProcess.command("c-1", name: "one")).status == 200)
    #expect(try simulator.received() == 2)
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "two")).status == 200)
    #expect(try simulator.received() == 3)
    #expect(
      try simulator.executed().map { $0["authorization"]?.string } == ["Bearer second-token", "Bearer second-token"])
    #expect(try gateway.audit(2).map { $0["upstream"]?["attempts"]?.integer } == [2, 1])
    // Back to the first when the second is refused.
    try accept("first-token")
    for id in ["c-3", "c-4"] { #expect(try gateway.create(GatewayProcess.command(id, name: id)).status == 200) }
    #expect(try gateway.audit(4).map { $0["upstream"]?["attempts"]?.integer } == [2, 1, 2, 1])
  }

  @Test("are all refused: the caller is not to blame, and a repeat is a new try")
  func none() throws {
    try accept("another-token")
    Refused(502, "upstream_refused_token", "10007").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(try simulator.received() == 2)
    #expect(try gateway.state(of: "c-1") == nil)
    try accept("first-token")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try simulator.executed().count == 1)
  }

  @Test("are read again from a file that changes")
  func rotated() throws {
    let scratch = try Scratch()
    let file = try scratch.write("old-token\n", to: "token")
    let gateway = try GatewayProcess(before: simulator) { $0.tokens = ["file: \"\(file)\""] }
    try accept("new-token")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 502)
    try scratch.write("new-token\n", to: "token")
    _ = try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == "token was read anew" }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
  }

  @Test("stay in use while their file can't be read, which the log says once, as it does when it can be again")
  func unusable() throws {
    let scratch = try Scratch()
    let file = try scratch.write("old-token\n", to: "token")
    let gateway = try GatewayProcess(before: simulator) { $0.tokens = ["file: \"\(file)\""] }
    func log(_ message: String, _ count: Int = 1) throws -> [JSONValue] {
      try gateway.process.lines(count, of: \.standardError) { $0["message"]?.string == message }
    }
    try accept("old-token")
    try scratch.write("s3cret with-blanks\n", to: "token")
    let line = try log("a secret's file can't be read; what was read last stays in use")[0]
    #expect(line["level"]?.string == "error" && line["file"]?.string == file)
    #expect(
      line["error"]?.string == "the token file \(file) holds a space, a control character or a byte beyond ASCII")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    try scratch.write("new-token\n", to: "token")
    #expect(try log("a secret's file can be read again")[0]["file"]?.string == file)
    _ = try log("token was read anew")
    try accept("new-token")
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "two")).status == 200)
    #expect(gateway.terminate() == 0)
    #expect(try log("a secret's file can't be read; what was read last stays in use").count == 1)
    #expect(!gateway.process.standardError.contains("s3cret"))
  }
}
