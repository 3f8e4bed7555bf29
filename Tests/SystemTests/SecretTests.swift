import JSON
import TestKit
import Testing

@Suite("Tokens and keys", .timeLimit(.minutes(5)))
struct SecretTests {
  private static let token = "KEY01-a-token-that-nobody-may-see"
  private static let key = "convene_a-key-that-nobody-may-see"

  @Test("appear in no log, reply, metric or record, nor in the ledger")
  func nowhere() throws {
    let simulator = try SimulatorProcess(["--token", Self.token])
    let gateway = try GatewayProcess(before: simulator) {
      $0.tokens = ["env: WRONG", "env: TOKEN"]
      $0.environment = ["WRONG": "wrong-\(Self.token)", "TOKEN": Self.token]
      $0.teams["support"] = """
        version: 1
        team: support
        callers: [{name: dialer, key_sha256: "\(GatewayProcess.digest(Self.key))"}]
        """
      $0.arguments = ["--log-level", "trace"]
      $0.admin = true
      $0.audit = "sinks: [stdout, {file: {path: ledger-audit.jsonl}}]"
      $0.upstreamLines = ["attempts: 2"]
    }
    let faults = [
      "", "status=401", "status=403", "status=422", "status=500", "close-after", "garbage",
      "redirect=https://x.example/",
    ]
    var seen = try faults.enumerated().flatMap { number, fault in
      try simulator.queue(faults: fault, fault)
      let reply = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"), key: Self.key)
      return Self.bytes(of: reply)
    }
    for (path, headers) in [
      ("/conferences", ["Authorization: Basic \(Self.key)"]), ("/conferences", ["X-Api-Key: \(Self.key)"]),
      ("/conferences?api_key=\(Self.key)", []), ("/\(Self.key)", []),
      ("/conferences", ["Authorization: Bearer \(Self.key)x"]),
      ("/conferences", ["Authorization: Bearer \(Self.token)"]),
    ] {
      seen += Self.bytes(of: try gateway.call("POST", path, GatewayProcess.command("x"), key: nil, headers: headers))
    }
    seen += Self.bytes(of: try gateway.call("GET", "/operations/c-0", key: Self.key))
    seen += Self.bytes(of: try gateway.admin("/metrics"))
    #expect(
      try simulator.executed().first.map { $0.text }.map(Self.contains(Self.token)) == true, "the search finds it")
    #expect(gateway.terminate() == 0)
    seen += Array((gateway.process.standardOutput + gateway.process.standardError).utf8)
    seen += try gateway.scratch.bytes(ofFilesNamed: "ledger")
    #expect(!Self.contains(Self.token)(seen))
    #expect(!Self.contains(Self.key)(seen))
  }

  @Test(
    "are not quoted where a configuration is wrong",
    arguments: ["\(token)", "{env: \(token)}", "{file: \(token), env: X}", "{token: \(token)}", "{env: SPACED}"])
  func configuration(entry: String) throws {
    let scratch = try Scratch()
    let path = try scratch.write(
      "version: 1\norganization: x\nupstream:\n  tokens:\n    - \(entry)\nteams: [none/*.yaml]\n", to: "gateway.yaml")
    for command in ["check", "serve"] {
      let child = try ChildProcess(
        "convene", [command, "--config", path], environment: ["SPACED": "\(Self.token) \(Self.token)"])
      #expect(child.waitForExit() == 1)
      #expect(!child.standardError.contains(Self.token), "\(command)")
      #expect(child.standardOutput.isEmpty)
    }
  }

  private static func bytes(of reply: WireReply) -> [UInt8] {
    reply.headers.flatMap { Array("\($0.key): \($0.value)\n".utf8) } + reply.body
  }

  private static func contains(_ text: String) -> ([UInt8]) -> Bool {
    let wanted = Array(text.utf8)
    return { bytes in
      bytes.indices.contains { bytes[$0] == wanted[0] && bytes[$0...].starts(with: wanted) }
    }
  }
}
