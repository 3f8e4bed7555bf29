import Foundation
import TestKit
import Testing

@Suite("A process whose standard descriptors were closed", .timeLimit(.minutes(30)))
struct ClosedDescriptorTests {
  /// What a shell closes, in every combination.
  static let closings = ["<&-", ">&-", "2>&-", "<&- >&-", "<&- 2>&-", ">&- 2>&-", "<&- >&- 2>&-"]

  /// A shell that closes them and becomes the program.
  private static func shell(_ closing: String) -> [String] { ["/bin/sh", "-c", "exec \"$0\" \"$@\" \(closing)"] }

  @Test("writes neither log nor audit into its ledger: it starts again after a kill", arguments: closings)
  func ledger(closing: String) throws {
    let simulator = try SimulatorProcess()
    var options = GatewayProcess.Options(upstream: simulator.httpURL)
    options.simulator = simulator
    let scratch = try Scratch()
    options.scratch = scratch
    let socket = "unix:\(scratch.path("s"))"
    options.server = ["listen: [\"\(socket)\"]"]
    #expect(try GatewayProcess(options).terminate() == 0)
    options.wrapper = Self.shell(closing)
    // Nobody can be asked whether it is ready where it has nowhere to say so.
    let process = try GatewayProcess.start(options, in: scratch)
    try wait { !process.isRunning || (try? WireClient(address: socket)) != nil }
    let client = try WireClient(address: socket)
    for number in 1...60 {
      let body = GatewayProcess.command("c-\(number)", name: "n-\(number)")
      try client.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
      #expect(try client.readReply().status == 200)
      // One with a log line and a record that are as odd as can be.
      try client.send(WireClient.request("POST", "/v2/conferences", "{", key: GatewayProcess.key))
      #expect(try client.readReply().status == 400)
    }
    process.signal(SIGKILL)
    _ = process.waitForExit()
    options.wrapper = []
    let next = try GatewayProcess(options)
    #expect(try next.create(GatewayProcess.command("c-1", name: "n-1")).headers["idempotent-replayed"] == "true")
    #expect(next.terminate() == 0)
    let verify = try ChildProcess("convene", ["audit", "verify", "--ledger", scratch.path("ledger.db")])
    #expect(verify.waitForExit() == 0, "\(verify.standardError)")
  }

  @Test(
    "and reads the audit says that nobody gets it, and leaves the ledger alone", arguments: ["tail", "query", "export"])
  func reading(command: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    for number in 1...20 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    let shell = Self.shell("<&- >&-")
    let reading = try ChildProcess(
      shell[0],
      Array(shell.dropFirst()) + [
        ChildProcess.executable("convene").path, "audit", command, "--ledger", gateway.scratch.path("ledger.db"),
      ])
    #expect(reading.waitForExit() == 1)
    #expect(reading.standardError.contains("Bad file descriptor"), "\(reading.standardError)")
    #expect(try gateway.create(GatewayProcess.command("later", name: "later")).status == 200)
    gateway.kill()
    #expect(try gateway.restarted().create(GatewayProcess.command("later", name: "later")).status == 200)
  }

  @Test("has nothing else in their place", arguments: ["convene", "telnyx-simulator"])
  func places(program: String) throws {
    let shell = Self.shell("<&- >&- 2>&-")
    let scratch = try Scratch()
    let simulator = try SimulatorProcess()
    var options = GatewayProcess.Options(upstream: simulator.httpURL)
    options.wrapper = shell
    let process =
      program == "convene"
      ? try GatewayProcess.start(options, in: scratch)
      : try ChildProcess(
        shell[0], Array(shell.dropFirst()) + [ChildProcess.executable(program).path, "--listen", "127.0.0.1:0"])
    func place(_ descriptor: Int) -> String? {
      try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(process.identifier)/fd/\(descriptor)")
    }
    // As a process does that is ready: the shell is long gone.
    try wait(within: .seconds(20)) { try place(0) == "/" && process.descriptors > 3 }
    for descriptor in 0...2 { #expect(place(descriptor) == "/", "descriptor \(descriptor)") }
    process.signal(SIGTERM)
    #expect(process.waitForExit() == 0)
  }
}
