import JSON
import TestKit
import Testing

@Suite("Telnyx's name", .enabled(if: NameServer.isPossible), .timeLimit(.minutes(30)))
struct NameServerTests {
  private let names: NameServer
  private let simulator: SimulatorProcess
  private let scratch: Scratch

  init() throws {
    names = try NameServer()
    scratch = try Scratch()
    simulator = try SimulatorProcess(
      ["--tls-listen", "127.0.0.1:0", "--tls-directory", scratch.path("tls")], listeners: 2)
  }

  private func gateway(_ change: (inout GatewayProcess.Options) -> Void = { _ in }) throws -> GatewayProcess {
    let port = try #require(simulator.addresses["https"]?.split(separator: ":").last)
    return try GatewayProcess(before: simulator) {
      $0.upstream = "https://\(NameServer.name):\(port)/v2"
      $0.upstreamLines = ["ca_file: \"\(scratch.path("tls/ca.pem"))\"", "connect_timeout: 1s", "attempts: 1"]
      $0.wrapper = names.wrapper
      $0.admin = true
      change(&$0)
    }
  }

  @Test("is looked up once, for all that need it")
  func once() throws {
    let gateway = try gateway()
    let statuses = try concurrently(20) { number in
      try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status
    }
    #expect(statuses == Array(repeating: 200, count: 20))
    #expect(names.questions == 2)
  }

  @Test("that nobody looks up stops nothing but the creates that need it")
  func silent() throws {
    names.beSilent()
    let gateway = try gateway()
    let threads = try gateway.process.threads
    let replies = (0..<20).map { number in
      Background { try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")) }
    }
    try wait { names.questions > 0 }
    #expect(try gateway.admin("/health").status == 200)
    for reply in replies { Refused(503, "not_sent", "10037").check(try reply.value()) }
    // They were answered while the name was still being looked up, by one thread for all: it goes on for minutes.
    #expect(try gateway.process.threads == threads + 1)
    #expect(names.questions == 2)
    #expect(try gateway.audit(20).allSatisfy { $0["upstream"]?["code"]?.string == "resolve" })
    #expect(try gateway.admin("/health").status == 200)
  }

  @Test("that nobody looks up holds up no stop")
  func stops() throws {
    names.beSilent()
    let gateway = try gateway()
    let reply = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { names.questions > 0 }
    #expect(gateway.terminate() == 0)
    Refused(503, "not_sent", "10037").check(try reply.value())
  }

  @Test("that does not exist is told at once, and looked up again for the next")
  func unknown() throws {
    let gateway = try gateway { $0.upstream = "https://nowhere.example/v2" }
    for round in 1...2 {
      Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
      #expect(names.questions == round * 2)
    }
    #expect(try gateway.audit(2).allSatisfy { $0["upstream"]?["code"]?.string == "resolve" })
  }
}
