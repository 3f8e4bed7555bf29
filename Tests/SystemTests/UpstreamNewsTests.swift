import Foundation
import JSON
import TestKit
import Testing

@Suite("What is wrong at Telnyx is in the log", .timeLimit(.minutes(30)))
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
    let statuses = try (1...25).map { number in
      try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status
    }
    #expect(gateway.terminate() == 0)
    let said = lines(gateway).compactMap { $0["message"]?.string }
    // At once, and at the end how many there were since.
    let unknown = all(gateway, "nobody knows yet whether a command was executed; Telnyx is asked")
    #expect(unknown.compactMap { $0["commands"]?.integer } == [1, Int64(statuses.count { $0 == 504 } - 1)])
    for message in ["Telnyx can't be reached", "nothing is sent to Telnyx for a while, but for probes"] {
      #expect(said.filter { $0 == message }.count == 1, "\(message): \(said)")
    }
  }

  /// What the log has soon, if not already: it is written by a thread of its own.
  private func said(_ gateway: GatewayProcess, _ message: String, _ count: Int = 1) throws -> [JSONValue] {
    try gateway.process.lines(count, of: \.standardError) { $0["message"]?.string == message }
  }

  private func all(_ gateway: GatewayProcess, _ message: String) -> [JSONValue] {
    ChildProcess.jsonLines(gateway.process.standardError).filter { $0["message"]?.string == message }
  }

  /// Sends commands until the log has said something.
  private func create(_ gateway: GatewayProcess, until message: String) throws -> JSONValue {
    var number = 0
    try wait {
      number += 1
      _ = try gateway.create(GatewayProcess.command(nil, name: "until-\(number)"))
      return !all(gateway, message).isEmpty
    }
    return try #require(all(gateway, message).first)
  }

  @Test("that another token than the first is used, and that the first is again once it was replaced")
  func fallback() throws {
    let simulator = try SimulatorProcess()
    let scratch = try Scratch()
    let file = try scratch.write("KEY-obviously-not-right", to: "token")
    let gateway = try GatewayProcess(before: simulator) {
      $0.tokens = ["file: \"\(file)\"", "env: SECOND"]
      $0.environment = ["SECOND": SimulatorProcess.token]
    }
    for number in 1...3 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    let fallback = try said(gateway, "commands are sent with another token than the first")
    #expect(fallback.count == 1 && fallback.first?["level"]?.string == "warning")
    #expect(fallback.first?["reason"]?.string == "token 2 is taken")
    #expect(try said(gateway, "Telnyx refuses a token").map { $0["token"] } == [.integer(1)])
    // Another wrong one is told of anew.
    try scratch.write("KEY-not-right-either", to: "token")
    _ = try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == "token was read anew" }
    #expect(try gateway.create(GatewayProcess.command("c-4", name: "n-4")).status == 200)
    #expect(try said(gateway, "Telnyx refuses a token", 2).count == 2)
    try scratch.write(SimulatorProcess.token, to: "token")
    _ = try gateway.process.lines(2, of: \.standardError) { $0["message"]?.string == "token was read anew" }
    #expect(try gateway.create(GatewayProcess.command("c-5", name: "n-5")).status == 200)
    #expect(try said(gateway, "Telnyx takes a token again").map { $0["level"]?.string } == ["notice"])
    #expect(try said(gateway, "commands are sent with the first token again").count == 1)
    #expect(gateway.terminate() == 0)
    #expect(all(gateway, "commands are sent with another token than the first").count == 1)
  }

  @Test("that no token is left, and that one is taken again")
  func noToken() throws {
    let simulator = try SimulatorProcess()
    let scratch = try Scratch()
    let file = try scratch.write("KEY-obviously-not-right", to: "token")
    let gateway = try GatewayProcess(before: simulator) { $0.tokens = ["file: \"\(file)\""] }
    for number in 1...3 { #expect(try gateway.create(GatewayProcess.command("c-\(number)")).status == 502) }
    let began = try said(gateway, "Telnyx refuses every token: nothing can be sent")
    #expect(began.map { $0["level"]?.string } == ["critical"] && began.first?["reason"]?.string == "401")
    #expect(began.first?["team"]?.string == "support" && began.first?["request_id"]?.string?.isEmpty == false)
    try scratch.write(SimulatorProcess.token, to: "token")
    _ = try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == "token was read anew" }
    for number in 4...6 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    #expect(gateway.terminate() == 0)
    #expect(all(gateway, "Telnyx takes a token again, and commands are sent").map { $0["level"]?.string } == ["notice"])
  }

  @Test("that the breaker opens and closes, and that Telnyx can be reached again")
  func back() throws {
    let before = try SimulatorProcess()
    let address = try #require(before.addresses["http"])
    let gateway = try GatewayProcess(before: before) {
      $0.upstreamLines = ["attempts: 1"]
    }
    #expect(before.terminate() == 0)
    _ = try create(gateway, until: "nothing is sent to Telnyx for a while, but for probes")
    let after = try SimulatorProcess(address: address)
    #expect(try create(gateway, until: "commands are sent to Telnyx again")["level"]?.string == "notice")
    let over = try create(gateway, until: "Telnyx can be reached again")
    #expect(over["level"]?.string == "notice" && over["seconds"]?.integer != nil)
    #expect(try after.received() > 0 && gateway.terminate() == 0)
    for message in [
      "Telnyx can't be reached", "nothing is sent to Telnyx for a while, but for probes",
      "commands are sent to Telnyx again", "Telnyx can be reached again",
    ] {
      #expect(all(gateway, message).count == 1, "\(message)")
    }
  }

  @Test(
    "that it limits or redirects, or answers with errors, and that it doesn't any more",
    arguments: [
      ("status=429", "Telnyx limits the requests of this gateway", "warning", "Telnyx takes all requests again"),
      (
        "redirect=https://elsewhere.example/", "Telnyx answers with redirects, which are not followed", "error",
        "Telnyx answers without redirects again"
      ),
      ("status=500", "Telnyx answers with errors", "warning", "Telnyx answers without errors again"),
    ])
  func replies(fault: String, began: String, level: String, ended: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.upstreamLines = ["attempts: 1"] }
    try simulator.queue(faults: fault, fault, fault)
    for number in 1...3 { _ = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")) }
    #expect(try said(gateway, began).map { $0["level"]?.string } == [level])
    #expect(try create(gateway, until: ended)["level"]?.string == "notice")
    #expect(gateway.terminate() == 0)
    #expect(all(gateway, began).count == 1 && all(gateway, ended).count == 1)
  }

  @Test("that an outcome is unknown, and that it is known again")
  func known() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.upstreamLines = ["attempts: 1"] }
    try simulator.queue(faults: "close-after")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 504)
    let began = try said(gateway, "nobody knows yet whether a command was executed; Telnyx is asked")
    #expect(began.map { $0["command_id"]?.string } == ["c-1"] && began.first?["team"]?.string == "support")
    // The repeat is sent again, and Telnyx answers as it did.
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let message = "it is known now what became of commands whose outcome was unknown"
    let ended = try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == message }[0]
    #expect(ended["commands"]?.integer == 1 && ended["executed"]?.integer == 1 && ended["level"]?.string == "notice")
    #expect(gateway.terminate() == 0)
    #expect(all(gateway, message).count == 1)
  }

  @Test("how many outcomes are unknown, also those of its last moment")
  func lastMoment() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["drain: {timeout: 1ms}"] }
    try simulator.queue(faults: "hang-before", "hang-before", "hang-before")
    let clients = try (1...3).map { number in
      let client = try gateway.connect()
      let command = GatewayProcess.command("c-\(number)", name: "n-\(number)")
      try client.send(WireClient.request("POST", "/v2/conferences", command, key: GatewayProcess.key))
      return client
    }
    try wait { try simulator.received() == clients.count }
    #expect(gateway.terminate() == 0)
    let lines = all(gateway, "nobody knows yet whether a command was executed; Telnyx is asked")
    #expect(lines.compactMap { $0["commands"]?.integer } == [1, 2])
    // It was the gateway that ended the sends.
    #expect(all(gateway, "Telnyx can't be reached").isEmpty)
  }

  @Test("that Telnyx can't be reached where only what was left unknown is looked up")
  func lookUp() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess.left(
      by: "hang-after", at: simulator, age: 50, meanwhile: { _ = simulator.terminate() })
    let line = try said(gateway, "Telnyx can't be reached")[0]
    #expect(line["reason"]?.string == "connect" && line["request_id"] == nil && line["team"] == nil)
    #expect(gateway.terminate() == 0)
  }

  @Test("what is wrong with a certificate of Telnyx's", arguments: ["ended", "name", "authority"])
  func certificate(wrong: String) throws {
    let scratch = try Scratch()
    let simulator = try SimulatorProcess(
      [
        "--tls-listen", wrong == "name" ? "127.0.0.2:0" : "127.0.0.1:0", "--tls-directory", scratch.path("tls"),
        "--tls-seconds=\(wrong == "ended" ? -60 : 3600)",
      ], listeners: 2)
    let gateway = try GatewayProcess(before: simulator) {
      $0.upstream = simulator.httpsURL
      $0.upstreamLines = ["attempts: 1"]
      if wrong != "authority" { $0.upstreamLines.append("ca_file: \"\(scratch.path("tls/ca.pem"))\"") }
    }
    for number in 1...3 { #expect(try gateway.create(GatewayProcess.command("c-\(number)")).status == 503) }
    #expect(gateway.terminate() == 0)
    let lines = all(gateway, "Telnyx can't be reached")
    #expect(lines.count == 1 && lines.first?["reason"]?.string == "tls")
    let detail = try #require(lines.first?["detail"]?.string)
    let words =
      ["ended": "certificate has expired", "name": "127.0.0.2", "authority": "issuer certificate"][wrong] ?? ""
    #expect(detail.contains(words), "\(detail)")
  }

  @Test("that a token's file can't be read any more, and that it can be again; the token stays meanwhile")
  func tokenFile() throws {
    let simulator = try SimulatorProcess()
    let scratch = try Scratch()
    let file = try scratch.write(SimulatorProcess.token, to: "token")
    let gateway = try GatewayProcess(before: simulator) { $0.tokens = ["file: \"\(file)\""] }
    try FileManager.default.removeItem(atPath: file)
    let began = try said(gateway, "a secret's file can't be read; what was read last stays in use")[0]
    #expect(began["level"]?.string == "error" && began["file"]?.string == file)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    try scratch.write(SimulatorProcess.token, to: "token")
    #expect(try said(gateway, "a secret's file can be read again")[0]["level"]?.string == "notice")
    #expect(gateway.terminate() == 0)
    #expect(all(gateway, "a secret's file can't be read; what was read last stays in use").count == 1)
    #expect(!gateway.process.standardError.contains(SimulatorProcess.token))
  }
}
