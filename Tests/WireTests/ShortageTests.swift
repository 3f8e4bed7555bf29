import TestKit
import Testing

@Suite("A process with few descriptors", .timeLimit(.minutes(30)))
struct ShortageTests {
  @Test("serves again when those who held them have gone")
  func recovers() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.descriptorLimit = 80
      $0.server = ["idle_timeout: 60s", "header_timeout: 60s"]
    }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    var crowd = try (0..<60).map { _ in try gateway.connect() }
    // So it does in the middle of them: whoever asks nothing makes room.
    #expect(try gateway.call("GET", "/operations/c-1").status == 200)
    crowd.removeAll()
    let reply = try gateway.create(GatewayProcess.command("c-2", name: "other"))
    #expect(reply.status == 200)
    #expect(gateway.terminate() == 0)
  }
}
