import TestKit
import Testing

@Suite("Health asked for by a program", .timeLimit(.minutes(30)))
struct HealthTests {
  private func health(_ arguments: String...) throws -> (status: Int32, output: String, errors: String) {
    let child = try ChildProcess("convene", ["health"] + arguments)
    return (child.waitForExit(), child.standardOutput, child.standardError)
  }

  private func start(_ change: (inout GatewayProcess.Options) -> Void = { _ in }) throws -> GatewayProcess {
    try GatewayProcess(before: SimulatorProcess()) {
      $0.admin = true
      $0.adminListen = "unix:admin.sock"
      change(&$0)
    }
  }

  @Test("is told with 0 while it is well, and readiness until it stops")
  func life() throws {
    let gateway = try start { $0.server = ["drain: {delay: 60s}"] }
    let path = gateway.scratch.path("gateway.yaml")
    #expect(try health("--config", path) == (0, "ok\n", ""))
    #expect(try health("--config", path, "--ready") == (0, "ready\n", ""))
    gateway.process.signal(15)
    try wait { try gateway.admin("/ready").status == 503 }
    let (status, output, errors) = try health("--config", path, "--ready")
    #expect(status == 1 && output == "")
    #expect(errors.hasPrefix("not ready: unix:") && errors.contains(" answers 503: ") && errors.contains("draining"))
    #expect(try health("--config", path).status == 0)
    #expect(gateway.terminate() == 0)
    let gone = try health("--config", path)
    #expect(gone.status == 1 && gone.output == "")
    #expect(gone.errors.hasPrefix("not healthy: no answer from unix:"), "\(gone.errors)")
  }

  @Test("is told at an address of its own, too, also where every address is listened on")
  func address() throws {
    let gateway = try start { $0.adminListen = "\":0\"" }
    let address = try #require(gateway.addresses.last)
    #expect(address.hasPrefix("0.0.0.0:"))
    #expect(try health("--admin", address) == (0, "ok\n", ""))
    #expect(try health("--admin", address.replacing("0.0.0.0", with: "localhost")).status == 0)
    #expect(try health("--admin", "somewhere:9090").status == 2)
    let (status, _, errors) = try health("--config", gateway.scratch.path("gateway.yaml"))
    #expect(status == 1 && errors.contains("port 0"), "\(errors)")
  }

  @Test("does not depend on a configuration that is being changed")
  func brokenConfiguration() throws {
    let gateway = try start()
    let path = gateway.scratch.path("gateway.yaml")
    try gateway.scratch.write("version: 9\nadmin: {listen: \"unix:admin.sock\"}\nsurprise: true\n", to: "gateway.yaml")
    #expect(try health("--config", path).status == 0)
    try gateway.scratch.write("version: 1\n", to: "gateway.yaml")
    let none = try health("--config", path)
    #expect(none.status == 1 && none.errors.contains("gateway.yaml:1:1: error: there is no admin.listen"), "\(none)")
    try gateway.scratch.write("admin: {listen: nowhere}\n", to: "gateway.yaml")
    #expect(try health("--config", path).errors.contains("gateway.yaml:1:17: error: admin.listen must be"))
    #expect(try health("--config", "/nowhere/gateway.yaml").status == 1)
  }

  @Test("is bad news from a listener that is another's")
  func callersListener() throws {
    let gateway = try start()
    let (status, _, errors) = try health("--admin", gateway.addresses[0])
    #expect(status == 1 && errors.contains("answers 404"), "\(errors)")
  }
}
