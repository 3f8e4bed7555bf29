import JSON
import TestKit
import Testing

@Suite("What is wrong at Telnyx is in the log", .timeLimit(.minutes(10)))
struct UpstreamNewsTests {
  private func lines(_ gateway: GatewayProcess) -> [JSONValue] {
    ChildProcess.jsonLines(gateway.process.standardError).filter {
      ["warning", "error", "critical"].contains($0["level"]?.string)
    }
  }

  @Test("once, in libcurl's own words, where it can't be reached")
  func unreachable() throws {
    // Nobody listens there.
    let gateway = try GatewayProcess(.init(upstream: "http://127.0.0.1:1/v2"))
    for number in 1...3 { #expect(try gateway.create(GatewayProcess.command("c-\(number)")).status == 503) }
    #expect(gateway.terminate() == 0)
    let line = try #require(lines(gateway).first { $0["message"]?.string == "Telnyx can't be reached" })
    #expect(line["reason"]?.string == "connect" && line["level"]?.string == "error")
    #expect(line["detail"]?.string?.contains("Failed to connect to 127.0.0.1 port") == true, "\(line)")
    #expect(lines(gateway).filter { $0["message"]?.string == "Telnyx can't be reached" }.count == 1)
  }

  @Test("once for each token that it refuses, and that none is left; and that one is taken again")
  func tokens() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.tokens = ["env: FIRST", "env: SECOND"]
      $0.environment = ["FIRST": "KEY-obviously-not-right", "SECOND": "KEY-not-right-either"]
    }
    for number in 1...3 { #expect(try gateway.create(GatewayProcess.command("c-\(number)")).status == 502) }
    #expect(gateway.terminate() == 0)
    let said = lines(gateway)
    #expect(
      said.map { $0["message"]?.string } == [
        "Telnyx refuses a token", "Telnyx refuses a token", "Telnyx refuses every token: nothing can be sent",
      ])
    #expect(said.prefix(2).map { $0["token"] } == [.integer(1), .integer(2)])
    #expect(!gateway.process.standardError.contains("not-right"))
  }

  @Test("of an unknown outcome, and of a breaker that opens")
  func unknown() throws {
    let upstream = try ScriptedUpstream { _, _ in .last("") }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let gateway = try GatewayProcess(options)
    for number in 1...25 { _ = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")) }
    #expect(gateway.terminate() == 0)
    let said = lines(gateway).compactMap { $0["message"]?.string }
    for message in [
      "Telnyx can't be reached", "nobody knows yet whether a command was executed; Telnyx is asked",
      "nothing is sent to Telnyx for a while, but for probes",
    ] {
      #expect(said.filter { $0 == message }.count == 1, "\(message): \(said)")
    }
  }
}
