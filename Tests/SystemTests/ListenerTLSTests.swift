import Certificates
import Foundation
import JSON
import TestKit
import Testing

@Suite("Callers by TLS", .timeLimit(.minutes(30)))
struct ListenerTLSTests {
  private let scratch: Scratch
  private let authority: TestAuthority
  private let simulator: SimulatorProcess

  init() throws {
    scratch = try Scratch()
    authority = try TestAuthority("authority", in: scratch)
    simulator = try SimulatorProcess()
    _ = try authority.sign("server")
    chmod(scratch.path("server.key"), 0o600)
  }

  private static let team = """
    version: 1
    team: support
    callers:
      - {name: dialer, key_sha256: "\(GatewayProcess.digest(GatewayProcess.key))"}
      - {name: pbx, tls_san: "spiffe://example/ns/voice/sa/pbx"}
      - {name: desk, tls_san: Desk.Voice.Example}

    """

  private func gateway(
    asks: Bool = false, _ change: (inout GatewayProcess.Options) -> Void = { _ in }
  ) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      let authorities = asks ? ", client_ca: \(authority.path)" : ""
      let tls = "{certificate: \(scratch.path("server.pem")), key: \(scratch.path("server.key"))\(authorities)}"
      $0.server = ["listen: [{address: 127.0.0.1:0, tls: \(tls)}]"]
      if asks { $0.teams = ["support": Self.team] }
      change(&$0)
    }
  }

  private func connect(_ gateway: GatewayProcess, _ own: TestAuthority.Pair? = nil, trust: String? = nil) throws
    -> WireClient
  {
    try WireClient(
      address: gateway.addresses[0], tls: TLSClientSettings(authorities: trust ?? authority.path, own: own))
  }

  private func create(_ client: WireClient, _ id: String, key: String? = nil) throws -> WireReply {
    try client.send(WireClient.request("POST", "/v2/conferences", GatewayProcess.command(id, name: id), key: key))
    return try client.readReply()
  }

  private func log(_ gateway: GatewayProcess, _ message: String, _ count: Int = 1) throws -> [JSONValue] {
    try gateway.process.lines(count, of: \.standardError) { $0["message"]?.string == message }
  }

  @Test("create conferences with their keys, over as many workers as there are", arguments: [1, 3])
  func keys(workers: Int) throws {
    let gateway = try gateway {
      $0.server.append("workers: \(workers)")
      $0.environment["SSLKEYLOGFILE"] = scratch.path("keys")
    }
    for number in 1...9 {
      let client = try connect(gateway)
      #expect(try create(client, "c-\(number)", key: GatewayProcess.key).status == 200)
      Refused(401, "unauthenticated", "10009").check(try create(client, "d-\(number)", key: "another"))
    }
    #expect(try simulator.executed().count == 9)
    #expect(!FileManager.default.fileExists(atPath: scratch.path("keys")))
    #expect(gateway.terminate() == 0)
    #expect(!gateway.process.standardError.contains("PRIVATE"))
    // A caller in the open who listens without TLS is warned of; these are not.
    #expect(!gateway.process.standardError.contains("other machines"))
  }

  @Test("are known by a name in their certificate, which a key overrules")
  func names() throws {
    let gateway = try gateway(asks: true)
    let pbx = try connect(gateway, authority.signClient("pbx", "URI:spiffe://example/ns/voice/sa/pbx"))
    let desk = try connect(gateway, authority.signClient("desk", "DNS:DESK.voice.example,DNS:other.example"))
    // Who is refused in the middle of a request has no connection any more.
    let strange = try authority.signClient("stranger", "URI:spiffe://example/ns/voice/sa/PBX")
    let both = try connect(
      gateway, authority.signClient("both", "URI:spiffe://example/ns/voice/sa/pbx,DNS:desk.voice.example"))
    #expect(try create(pbx, "c-1").status == 200)
    #expect(try create(desk, "c-2").status == 200)
    Refused(401, "unauthenticated", "10009").check(try create(connect(gateway, strange), "c-3"))
    Refused(401, "unauthenticated", "10009").check(try create(both, "c-4"))
    #expect(try create(connect(gateway, strange), "c-5", key: GatewayProcess.key).status == 200)
    #expect(try create(pbx, "c-6", key: GatewayProcess.key).status == 200)
    Refused(401, "unauthenticated", "10009").check(try create(pbx, "c-7", key: "another"))
    let records = try gateway.recordsAtEnd()
    #expect(records.compactMap { $0["caller"]?.string } == ["pbx", "desk", "dialer", "dialer"])
    let peer = try #require(records[0]["peer"]?.string)
    #expect(peer.hasPrefix("127.0.0.1:") && peer.hasSuffix(" spiffe://example/ns/voice/sa/pbx"), "\(peer)")
  }

  @Test("have no connection without a certificate where one is asked for; the log says why")
  func unknown() throws {
    let gateway = try gateway(asks: true)
    #expect(throws: Failure.self) { try create(connect(gateway), "c-1", key: GatewayProcess.key) }
    let line = try log(gateway, "connections end because TLS or a certificate is not as it must be")[0]
    #expect(line["level"]?.string == "warning" && line["reason"]?.string?.isEmpty == false)
    #expect(try simulator.received() == 0)
  }

  @Test("speak through curl")
  func curl() throws {
    let gateway = try gateway(asks: true)
    let own = try authority.signClient("pbx", "URI:spiffe://example/ns/voice/sa/pbx")
    let url = "https://\(gateway.addresses[0])/v2/conferences"
    let curl = try ChildProcess(
      "/usr/bin/curl",
      [
        "--silent", "--show-error", "--cacert", authority.path, "--cert", own.certificate, "--key", own.key, "-d",
        GatewayProcess.command("c-1"), "-H", "Content-Type: application/json", url, "--next", "--silent", "--cacert",
        authority.path, "--cert", own.certificate, "--key", own.key, "-d", GatewayProcess.command("c-2", name: "two"),
        "-H", "Content-Type: application/json", url,
      ])
    #expect(curl.waitForExit() == 0, "\(curl.standardError)")
    #expect(try simulator.executed().count == 2, "\(curl.standardOutput)")
  }

  @Test("keep their connections while the certificate changes, and see the new one on new ones")
  func reload() throws {
    let gateway = try gateway()
    let old = try connect(gateway)
    #expect(try create(old, "c-1", key: GatewayProcess.key).status == 200)
    let other = try TestAuthority("other", in: scratch)
    let pair = try other.sign("new")
    chmod(pair.key, 0o600)
    for (new, place) in [(pair.certificate, "server.pem"), (pair.key, "server.key")] {
      #expect(rename(new, scratch.path(place)) == 0)
    }
    _ = try log(gateway, "the configuration was read anew")
    #expect(try create(old, "c-2", key: GatewayProcess.key).status == 200)
    #expect(throws: Failure.self) { try connect(gateway) }
    let new = try connect(gateway, trust: other.path)
    #expect(try create(new, "c-3", key: GatewayProcess.key).status == 200)
    #expect(try create(old, "c-4", key: GatewayProcess.key).status == 200)
  }

  @Test(
    "keep what they have where the new files are no pair, and the log says so", arguments: ["key", "nothing", "ended"])
  func badReload(what: String) throws {
    let gateway = try gateway()
    let old = try connect(gateway)
    let ended = try authority.sign("ended") { ($0.begin, $0.end) = (-7200, -3600) }
    switch what {
    case "key":
      _ = try authority.sign("another")
      #expect(rename(scratch.path("another.key"), scratch.path("server.key")) == 0)
    case "nothing": try scratch.write("", to: "server.pem")
    default:
      #expect(rename(ended.key, scratch.path("server.key")) == 0)
      #expect(rename(ended.certificate, scratch.path("server.pem")) == 0)
    }
    let line = try log(gateway, "the configuration can't be read anew; what was in force stays so")[0]
    let errors = line["errors"]?.array?.compactMap(\.string) ?? []
    #expect(
      !errors.isEmpty && errors.allSatisfy { $0.contains("gateway.yaml:4:") && $0.contains("server.listen.tls.") },
      "\(errors)")
    #expect(try create(old, "c-1", key: GatewayProcess.key).status == 200)
    #expect(try create(connect(gateway), "c-2", key: GatewayProcess.key).status == 200)
  }

  @Test("are nobody any more once their team says so, also on the connection that they have")
  func revoked() throws {
    let gateway = try gateway(asks: true)
    let pbx = try connect(gateway, authority.signClient("pbx", "URI:spiffe://example/ns/voice/sa/pbx"))
    #expect(try create(pbx, "c-1").status == 200)
    try gateway.scratch.write(
      Self.team.replacing("  - {name: pbx, tls_san: \"spiffe://example/ns/voice/sa/pbx\"}\n", with: ""),
      to: "teams/support.yaml")
    _ = try log(gateway, "the configuration was read anew")
    Refused(401, "unauthenticated", "10009").check(try create(pbx, "c-2"))
    #expect(try simulator.executed().count == 1)
  }

  @Test("are told what is wrong with the files before they could call")
  func check() throws {
    let gateway = try gateway()
    #expect(gateway.terminate() == 0)
    let path = gateway.scratch.path("gateway.yaml")
    func check(_ arguments: String...) throws -> (Int32, String) {
      let child = try ChildProcess(
        "convene", ["check", "--config", path] + arguments, environment: ["TELNYX_API_KEY": "KEY-for-tests"])
      return (child.waitForExit(), child.standardError + child.standardOutput)
    }
    let (status, output) = try check()
    #expect(status == 0 && output.contains("127.0.0.1:0 (tls)"), "\(output)")
    chmod(scratch.path("server.key"), 0o644)
    #expect(try check().1.contains("has mode 644"))
    #expect(unlink(scratch.path("server.key")) == 0)
    #expect(try check().0 == 1)
    #expect(try check("--no-secrets").0 == 0)
  }

  @Test("are finished with when the gateway stops, and newcomers are refused")
  func stop() throws {
    let gateway = try gateway()
    try simulator.queue(faults: "delay=300")
    let client = try connect(gateway)
    try client.send(
      WireClient.request("POST", "/v2/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    try simulator.waitForJournal { $0["creates_received"]?.integer == 1 }
    gateway.process.signal(SIGTERM)
    #expect(try client.readReply().status == 200)
    #expect(gateway.process.waitForExit() == 0)
  }
}
