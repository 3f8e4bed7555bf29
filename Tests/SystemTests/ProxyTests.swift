import Foundation
import JSON
import TestKit
import Testing

@Suite("A proxy on the way to Telnyx", .timeLimit(.minutes(30)))
struct ProxyTests {
  private static let password = "obviously-a-fake-password"

  private let scratch: Scratch
  private let simulator: SimulatorProcess

  init() throws {
    scratch = try Scratch()
    simulator = try SimulatorProcess(
      ["--tls-listen", "127.0.0.1:0", "--tls-directory", scratch.path("tls")], listeners: 2)
  }

  private func gateway(
    _ proxy: String, _ change: (inout GatewayProcess.Options) -> Void = { _ in }
  ) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      $0.upstream = simulator.httpsURL
      $0.upstreamLines = ["ca_file: \"\(scratch.path("tls/ca.pem"))\"", "attempts: 2", "proxy: \(proxy)"]
      change(&$0)
    }
  }

  private func lines(_ gateway: GatewayProcess) -> [JSONValue] {
    ChildProcess.jsonLines(gateway.process.standardError)
  }

  @Test("is asked for a tunnel, and sees neither a token nor a request")
  func tunnel() throws {
    let proxy = try ConnectProxy()
    let gateway = try gateway("\"\(proxy.url)\"")
    for number in 1...3 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    #expect(try simulator.executed().count == 3)
    // The tunnel is kept.
    let head = try #require(proxy.heads.first)
    #expect(proxy.heads.count == 1 && head.hasPrefix("CONNECT \(simulator.addresses["https"] ?? "") HTTP/1.1\r\n"))
    let fields = head.lowercased()
    #expect(
      !fields.contains("authorization") && !fields.contains("traceparent") && !head.contains(SimulatorProcess.token))
  }

  @Test("is shown what its file says, also what it says later, and nobody else hears it")
  func credentials() throws {
    let second = "another-fake-password"
    let expected = ["operator:\(Self.password)", "operator:\(second)"].map { Data($0.utf8).base64EncodedString() }
    let proxy = try ConnectProxy { head in expected.contains { head.contains("Basic \($0)") } ? .tunnel : .refuse(407) }
    let file = try scratch.write("\(Self.password)\n", to: "password")
    let gateway = try gateway("{url: \"\(proxy.url)/\", username: operator, password: {file: \"\(file)\"}}")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(proxy.heads.first?.contains("Proxy-Authorization: Basic \(expected[0])") == true, "\(proxy.heads)")
    try scratch.write("\(second)\n", to: "password")
    _ = try gateway.process.lines(1, of: \.standardError) {
      $0["message"]?.string == "the proxy's password was read anew"
    }
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "two")).status == 200)
    #expect(proxy.heads.last?.contains(expected[1]) == true, "\(proxy.heads)")
    #expect(gateway.terminate() == 0)
    let said =
      try gateway.process.standardError + gateway.process.standardOutput
      + String(decoding: gateway.scratch.bytes(ofFilesNamed: "ledger"), as: UTF8.self)
    for secret in [Self.password, second] + expected { #expect(!said.contains(secret)) }
  }

  @Test("that refuses is tried again, and then told by its name; nothing was sent", arguments: [403, 407, 502])
  func refusal(status: Int) throws {
    let proxy = try ConnectProxy { _ in .refuse(status) }
    let gateway = try gateway("\"\(proxy.url)\"")
    Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(proxy.heads.count == 2)
    #expect(try simulator.received() == 0)
    #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "proxy")
    #expect(try gateway.state(of: "c-1") == nil)
    #expect(gateway.terminate() == 0)
    let line = try #require(lines(gateway).first { $0["message"]?.string == "Telnyx can't be reached" })
    #expect(line["reason"]?.string == "proxy")
    #expect(line["detail"]?.string == "the proxy \(proxy.address) answers \(status) to CONNECT")
  }

  @Test("that takes the command at the second time has it executed once")
  func second() throws {
    let first = Gate()
    let proxy = try ConnectProxy { _ in
      defer { first.open() }
      return first.isOpen ? .tunnel : .refuse(502)
    }
    let gateway = try gateway("\"\(proxy.url)\"")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(proxy.heads.count == 2)
    #expect(try simulator.executed().count == 1)
  }

  @Test("that ends or is silent has sent nothing", arguments: [true, false])
  func silence(isSilent: Bool) throws {
    let proxy = try ConnectProxy { _ in isSilent ? .hang : .close }
    let gateway = try gateway("\"\(proxy.url)\"") { $0.upstreamLines += ["connect_timeout: 200ms"] }
    Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(try simulator.received() == 0)
    #expect(gateway.terminate() == 0)
    let line = try #require(lines(gateway).first { $0["message"]?.string == "Telnyx can't be reached" })
    #expect(line["detail"]?.string?.hasPrefix("by the proxy \(proxy.address): ") == true, "\(line)")
  }

  @Test("that nobody listens at is told by its name")
  func absent() throws {
    let gateway = try gateway("\"http://localhost:1\"")
    Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(gateway.terminate() == 0)
    let line = try #require(lines(gateway).first { $0["message"]?.string == "Telnyx can't be reached" })
    #expect(line["reason"]?.string == "connect")
    #expect(line["detail"]?.string?.hasPrefix("by the proxy localhost:1: Failed to connect") == true, "\(line)")
  }

  @Test("is looked up by its own name, and Telnyx's name is not", .enabled(if: NameServer.isPossible))
  func name() throws {
    let names = try NameServer()
    let proxy = try ConnectProxy()
    let port = try #require(proxy.address.split(separator: ":").last)
    let simulated = try #require(simulator.addresses["https"]?.split(separator: ":").last)
    let gateway = try gateway("\"http://\(NameServer.name):\(port)\"") {
      // Of this name the certificate says nothing, and the name server has no address.
      $0.upstream = "https://nowhere.example:\(simulated)/v2"
      $0.wrapper = names.wrapper
    }
    Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(proxy.heads.first?.hasPrefix("CONNECT nowhere.example:\(simulated) HTTP/1.1") == true, "\(proxy.heads)")
    #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "tls")
  }

  @Test("whose connection dies after the request is as any other: the outcome is not known")
  func lost() throws {
    let proxy = try ConnectProxy()
    try simulator.queue(faults: "reset-before", "reset-before")
    let gateway = try gateway("\"\(proxy.url)\"")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 504)
    #expect(try simulator.received() == 2 && simulator.executed().isEmpty)
  }

  @Test("whose kept tunnel dies takes one send with it: the second is never libcurl's own")
  func neverByLibcurl() throws {
    let proxy = try ConnectProxy()
    try simulator.queue(faults: "", "reset-before")
    let gateway = try gateway("\"\(proxy.url)\"") { options in
      options.upstreamLines = options.upstreamLines.map { $0 == "attempts: 2" ? "attempts: 1" : $0 }
    }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "two")).status == 504)
    #expect(try simulator.received() == 2 && simulator.executed().count == 1)
  }
}
