import Foundation
import JSON
import TestKit
import Testing

@Suite("Tokens and keys", .timeLimit(.minutes(30)))
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

  /// What an upstream that repeats the token could write for it.
  private static func forms(_ token: String) -> [String: String] {
    let escaped = token.utf8.map { "\\u00" + String($0, radix: 16) }.joined()
    let mixed = token.utf8.enumerated().map { number, byte in
      number % 3 == 0 ? "\\u00" + String(byte, radix: 16).uppercased() : String(decoding: [byte], as: UTF8.self)
    }.joined()
    let percent = token.utf8.map { "%" + String($0, radix: 16) }.joined()
    let entities = token.utf8.map { "&#x" + String($0, radix: 16) + ";" }.joined()
    let hex = token.utf8.map { String($0, radix: 16) }.joined()
    let basic = ["", "x", "xx"].map { Data("\($0)\(token):".utf8).base64EncodedString() }
    return [
      "plain": token, "twice": "\(token)\(token) Bearer \(token)", "escaped": escaped, "partly escaped": mixed,
      "in a URL": percent, "Base64": basic[0], "Base64 behind a byte": basic[1], "Base64 behind two": basic[2],
      "HTML": entities, "JSON in JSON": escaped.replacing("\\", with: "\\\\"),
      "twice in a URL": percent.replacing("%", with: "%25"),
      "hex": hex, "Base64 of Base64": Data(basic[1].utf8).base64EncodedString(),
      "Base64 in a URL": basic[0].utf8.map { "%" + String($0, radix: 16) }.joined(),
      "hex with colons": token.utf8.map { String($0, radix: 16) }.joined(separator: ":"),
      "hex in C": token.utf8.map { "0x" + String($0, radix: 16) }.joined(separator: ", "),
      "decimal numbers": token.utf8.map { String($0) }.joined(separator: ","),
      "escaped UTF-16": token.utf8.map { "\(Unicode.Scalar($0))\\u0000" }.joined(),
      "quoted-printable": token.utf8.map { "=" + String($0, radix: 16).uppercased() }.joined(),
    ]
  }

  @Test(
    "that come back are masked in reply, record and ledger, counted and told", arguments: forms(token).keys.sorted())
  func echoed(form: String) throws {
    let echo = try #require(Self.forms(Self.token)[form])
    let rotated = form == "plain"
    let upstream = try ScriptedUpstream { number, request in
      let body = #"{"data":{"id":"c-\#(number)","x":"\#(echo)","y":"é"},"z":"\#(echo)"}"#
      return .reply(
        ScriptedUpstream.ok(
          body, status: number == 2 ? "422 No" : "200 OK", headers: ["X-Echo: a \(echo) b", "Location: /\(echo)"]))
    }
    let scratch = try Scratch()
    let file = try scratch.write(Self.token, to: "token")
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.tokens = ["file: \"\(file)\""]
    options.admin = true
    let gateway = try GatewayProcess(options)
    var seen: [UInt8] = []
    for number in 1...3 {
      if number == 3, rotated {
        // The old one is not forgotten with its replacement.
        try scratch.write("another-token-for-tests", to: "token")
        _ = try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == "token was read anew" }
      }
      let reply = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
      #expect(reply.status == (number == 2 ? 422 : 200))
      #expect(try reply.json()["data"]?["id"]?.string == "c-\(number)")
      #expect(try reply.json()["data"]?["y"]?.string == "é")
      #expect(try reply.json()["z"]?.string?.contains("**") == true)
      #expect(reply.headers["x-echo"]?.hasPrefix("a ") == true && reply.headers["x-echo"]?.hasSuffix(" b") == true)
      // Numbers in no string are an asterisk's.
      let location = reply.headers["location"] ?? ""
      #expect(location.contains("**") || location.contains("42"))
      seen += Self.bytes(of: reply)
    }
    let metrics = try gateway.admin("/metrics")
    #expect(metrics.text.contains("convene_token_echoes_total 3\n"))
    seen += Self.bytes(of: metrics) + Self.bytes(of: try gateway.call("GET", "/operations/c-1"))
    #expect(gateway.terminate() == 0)
    let errors = ChildProcess.jsonLines(gateway.process.standardError).filter { $0["level"]?.string == "error" }
    #expect(errors.count == 2, "the first and the second")
    seen += Array((gateway.process.standardOutput + gateway.process.standardError).utf8)
    seen += try gateway.scratch.bytes(ofFilesNamed: "ledger")
    for echo in Self.forms(Self.token).values { #expect(!Self.contains(echo)(seen)) }
    // Without what the bytes around a token decide.
    for digits in ["", "x", "xx"].map({ Data("\($0)\(Self.token):".utf8).base64EncodedString() }) {
      #expect(!Self.contains(String(digits.dropFirst(4).dropLast(4)))(seen))
    }
  }

  @Test("that are too short to be told from other words change no reply")
  func short() throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.environment = ["TELNYX_API_KEY": "daily"]
    let gateway = try GatewayProcess(options)
    #expect(try gateway.create(GatewayProcess.command("c-1")).text == ScriptedUpstream.conference)
  }

  @Test("that a look-up brings back are masked, too")
  func echoedByLookUp() throws {
    let upstream = try ScriptedUpstream { number, request in
      if request.head.hasPrefix("POST") { return .reply(ScriptedUpstream.ok("{}")) }
      let row =
        #"{"id":"found","name":"daily","x":"\#(Self.token)","call_control_id":"v3:of-a-test","#
        + #""created_at":"2099-01-01T00:00:00Z"}"#
      let isList = request.head.contains("filter") || request.head.contains("participants")
      return .reply(ScriptedUpstream.ok(isList ? #"{"data":[\#(row)]}"# : #"{"data":\#(row)}"#))
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.environment = ["TELNYX_API_KEY": Self.token]
    options.admin = true
    let gateway = try GatewayProcess(options)
    var seen = Self.bytes(of: try gateway.create(GatewayProcess.command("c-1")))
    let metrics = try gateway.admin("/metrics").text
    #expect(!metrics.contains("convene_token_echoes_total 0\n"))
    #expect(gateway.terminate() == 0)
    seen += Array((gateway.process.standardOutput + gateway.process.standardError).utf8)
    seen += try gateway.scratch.bytes(ofFilesNamed: "ledger")
    #expect(!Self.contains(Self.token)(seen))
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
