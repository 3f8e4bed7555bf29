import JSON
import TestKit
import Testing

@Suite("The record of a running gateway", .timeLimit(.minutes(30)))
struct SignedAuditTests {
  /// 32 bytes of 7, obviously no key.
  private static let key = "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc="

  private func verify(_ gateway: GatewayProcess) throws -> (code: Int32, text: String) {
    let process = try ChildProcess(
      "convene", ["audit", "verify", "--config", gateway.scratch.path("gateway.yaml")],
      environment: ["SIGNING_KEY": Self.key])
    let code = process.waitForExit()
    return (code, process.standardOutput + process.standardError)
  }

  @Test("is signed, and can be checked while it runs and after it has stopped")
  func signed() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { options in
      options.audit = "{sinks: [stdout], checkpoint: {key: {env: SIGNING_KEY}, every: 2}}"
      options.environment["SIGNING_KEY"] = Self.key
    }
    for number in 1...4 { _ = try gateway.create(GatewayProcess.command("c-\(number)")) }
    let running = try verify(gateway)
    #expect(running.code == 0 && running.text.contains("vouched for up to seq"), "\(running.text)")
    #expect(gateway.terminate() == 0)
    let stopped = try verify(gateway)
    #expect(stopped.code == 0 && stopped.text.contains("signed with"), "\(stopped.text)")
    #expect(gateway.process.standardOutput.contains(#""checkpoint":{"#))
  }

  @Test("needs its key at the start")
  func keyless() throws {
    let simulator = try SimulatorProcess()
    var options = GatewayProcess.Options(upstream: simulator.httpURL)
    options.audit = "{checkpoint: {key: {env: SIGNING_KEY}}}"
    let scratch = try Scratch()
    let process = try ChildProcess(
      "convene", ["serve", "--config", try GatewayProcess.write(options, to: scratch)], environment: options.environment
    )
    #expect(process.waitForExit() == 1)
    #expect(process.standardError.contains("audit.checkpoint.key: the environment variable SIGNING_KEY is not set"))
  }
}
