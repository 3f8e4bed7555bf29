import Glibc
import JSON
import TestKit
import Testing

@Suite("Starting", .timeLimit(.minutes(30)))
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

  @Test(
    "fails where the port is taken by another's workers, however many either has", arguments: [(1, 2), (2, 1), (2, 2)])
  func portShared(first: Int, second: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["workers: \(first)"]
      $0.ledger = ":memory:"
    }
    let (status, error) = try startAgain(like: gateway, in: Scratch()) {
      $0.server = ["listen: [\(gateway.addresses[0])]", "workers: \(second)"]
    }
    #expect(status == 1)
    #expect(error.lowercased().contains("in use"))
    for _ in 0..<4 { #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200) }
    #expect(try simulator.executed().count == 1)
  }

  @Test("goes well for one of several that begin at once on a port and a socket file that were left over")
  func race() throws {
    let simulator = try SimulatorProcess()
    let directory = try Scratch()
    let socket = directory.path("s")
    let before = try GatewayProcess(before: simulator) { $0.server = ["listen: [127.0.0.1:0, \"unix:\(socket)\"]"] }
    #expect(try before.create(GatewayProcess.command("c-1")).status == 200)
    before.kill()
    var options = before.options
    options.server = ["listen: [\(before.addresses[0]), \"unix:\(socket)\"]", "workers: 2"]
    let scratches = try (0..<6).map { _ in try Scratch() }
    let children = try concurrently(6) { [options] number in try GatewayProcess.start(options, in: scratches[number]) }
    func ready() -> Int { children.count { $0.standardError.contains("\"ready\"") } }
    do {
      try wait { ready() + children.count { !$0.isRunning } == 6 }
    } catch {
      for child in children { Issue.record("running: \(child.isRunning), said: \(child.standardError)") }
      throw error
    }
    #expect(ready() == 1)
    for address in [before.addresses[0], "unix:\(socket)"] {
      let client = try WireClient(address: address)
      try client.send(WireClient.request("GET", "/operations/c-1", "", key: GatewayProcess.key))
      #expect(try client.readReply().status == 404)
    }
    for child in children where child.isRunning { child.signal(SIGKILL) }
  }

  @Test("listens on every address of IPv4 and of IPv6, with one worker and with several", arguments: [1, 2])
  func bothFamilies(workers: Int) throws {
    let simulator = try SimulatorProcess()
    let before = try GatewayProcess(before: simulator)
    let port = before.addresses[0].split(separator: ":")[1]
    #expect(before.terminate() == 0)
    let gateway = try before.restarted {
      $0.server = ["listen: [\"0.0.0.0:\(port)\", \"[::]:\(port)\"]", "workers: \(workers)"]
    }
    #expect(gateway.addresses == ["0.0.0.0:\(port)", "[::]:\(port)"])
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
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
