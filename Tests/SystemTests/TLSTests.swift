import Foundation
import JSON
import TestKit
import Testing

@Suite("TLS to Telnyx", .timeLimit(.minutes(30)))
struct TLSTests {
  let scratch: Scratch
  let simulator: SimulatorProcess
  let pin: String

  init() throws {
    scratch = try Scratch()
    simulator = try SimulatorProcess(
      ["--tls-listen", "127.0.0.1:0", "--tls-directory", scratch.path("tls")], listeners: 2)
    pin = try String(contentsOfFile: scratch.path("tls/pin.txt"), encoding: .utf8)
      .trimmingCharacters(in: .whitespacesAndNewlines)
  }

  private func gateway(
    _ lines: String..., environment: [String: String] = [:]
  ) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      $0.upstream = simulator.httpsURL
      $0.upstreamLines = ["attempts: 1"] + lines
      $0.environment.merge(environment) { _, new in new }
    }
  }

  private var trust: String { "ca_file: \"\(scratch.path("tls/ca.pem"))\"" }

  @Test("works where the certificate is trusted")
  func trusted() throws {
    let gateway = try gateway(trust)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "two")).status == 200)
    #expect(try simulator.executed().count == 2)
  }

  @Test("sends nothing to whom it can't verify")
  func untrusted() throws { try expectNotSent(try gateway()) }

  @Test("sends nothing to another key than the pinned one")
  func wrongPin() throws {
    let wrong = "sha256//" + Data(repeating: 7, count: 32).base64EncodedString()
    try expectNotSent(try gateway(trust, "pinned_public_key: \"\(wrong)\""))
  }

  @Test("works with the pinned key, alone or beside others")
  func rightPin() throws {
    let other = "sha256//" + Data(repeating: 7, count: 32).base64EncodedString()
    for pins in [pin, "\(other);\(pin)"] {
      let gateway = try gateway(trust, "pinned_public_key: \"\(pins)\"")
      #expect(try gateway.create(GatewayProcess.command(nil, name: pins.hasPrefix(pin) ? "one" : "two")).status == 200)
    }
  }

  @Test("takes no authority from the environment", arguments: ["SSL_CERT_FILE", "CURL_CA_BUNDLE"])
  func environmentAuthority(name: String) throws {
    try expectNotSent(try gateway(environment: [name: scratch.path("tls/ca.pem")]))
  }

  @Test("takes no proxy and writes no session keys, whatever the environment says")
  func environment() throws {
    let proxy = try ScriptedUpstream { _, _ in .last("") }
    let address = String(proxy.url.dropLast("/v2".count))
    let keys = scratch.path("keys")
    var variables = ["SSLKEYLOGFILE": keys]
    for name in ["http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"] { variables[name] = address }
    let gateway = try gateway(trust, environment: variables)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(proxy.requests.isEmpty)
    #expect(!FileManager.default.fileExists(atPath: keys))
    // Nor for plain HTTP to this machine.
    let plain = try GatewayProcess(before: simulator) { $0.environment.merge(variables) { _, new in new } }
    #expect(try plain.create(GatewayProcess.command("c-2", name: "two")).status == 200)
    #expect(proxy.requests.isEmpty)
  }

  private func expectNotSent(_ gateway: GatewayProcess) throws {
    Refused(503, "not_sent", "10037").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(try simulator.received() == 0)
    #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "tls")
    #expect(try gateway.state(of: "c-1") == nil)
  }
}
