import JSON
import TestKit
import Testing

@Suite("Starting", .timeLimit(.minutes(5)))
struct StartTests {
  private func startAgain(
    like gateway: GatewayProcess, in scratch: Scratch, _ change: (inout GatewayProcess.Options) -> Void
  ) throws -> (status: Int32, error: String) {
    var options = gateway.options
    change(&options)
    let child = try GatewayProcess.start(options, in: scratch)
    let status = child.waitForExit()
    #expect(child.standardOutput == "")
    let lines = ChildProcess.jsonLines(child.standardError)
    #expect(!lines.contains { $0["message"]?.string == "ready" })
    return (status, lines.last?["error"]?.string ?? "")
  }

  @Test("says where it listens, how many teams there are and which configuration it has")
  func ready() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["listen: [127.0.0.1:0, \"unix:convene.sock\"]"]
      $0.admin = true
    }
    let lines = ChildProcess.jsonLines(gateway.process.standardError)
    let listening = lines.filter { $0["message"]?.string == "listening" }
    #expect(listening.compactMap { $0["address"]?.string } == gateway.addresses)
    #expect(gateway.addresses.count == 3)
    let ready = try #require(lines.first { $0["message"]?.string == "ready" })
    #expect(ready["teams"]?.integer == 1)
    _ = try gateway.create(GatewayProcess.command("c-1"))
    #expect(try gateway.audit(1).first?["config"] == ready["configuration"])
  }

  @Test("fails where the port is taken")
  func portTaken() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let scratch = try Scratch()
    let (status, error) = try startAgain(like: gateway, in: scratch) {
      $0.server = ["listen: [\(gateway.addresses[0])]"]
    }
    #expect(status == 1)
    #expect(error.contains(gateway.addresses[0]))
    #expect(error.lowercased().contains("in use"))
  }

  @Test("fails where another gateway has the ledger, and leaves that one alone")
  func ledgerTaken() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let (status, error) = try startAgain(like: gateway, in: gateway.scratch) { _ in }
    #expect(status == 1)
    #expect(error.contains("another process has this ledger open"))
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
  }

  @Test("fails where the ledger is something else, which stays as it was")
  func otherFile() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let scratch = try Scratch()
    try scratch.write("precious", to: "ledger.db")
    let (status, error) = try startAgain(like: gateway, in: scratch) { _ in }
    #expect(status == 1)
    #expect(error.contains("not a ledger"))
    #expect(String(decoding: try scratch.bytes(ofFilesNamed: "ledger.db"), as: UTF8.self) == "precious")
  }
}
