import Foundation
import JSON
import TestKit
import Testing

@Suite("A call that is passed on", .timeLimit(.minutes(30)))
struct PassedCallTests {
  private static let calls = "{allow: [read, participants]}"

  private func gateway(
    before simulator: SimulatorProcess, _ change: (inout GatewayProcess.Options) -> Void = { _ in }
  ) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) { options in
      options.calls = Self.calls
      change(&options)
    }
  }

  @Test("goes out with the token that made its conference, also when another one is tried first by now")
  func token() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator) {
      $0.tokens = ["env: FIRST", "env: SECOND"]
      $0.environment = ["FIRST": "first-token", "SECOND": "second-token"]
    }
    try simulator.accept("second-token")
    let second = try gateway.conference("c-1", name: "second")
    try simulator.accept("first-token")
    let first = try gateway.conference("c-2", name: "first")
    try simulator.accept("first-token", "second-token")
    for id in [second, first] { #expect(try gateway.act("mute", on: id, CallRow.callers).status == 200) }
    #expect(
      try simulator.calls().compactMap { $0["authorization"]?.string } == ["Bearer second-token", "Bearer first-token"])
  }

  @Test("is about the conferences of before, where a reload has allowed it, and about none where one forbids it again")
  func reload() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.admin = true }
    let id = try gateway.conference("c-1")
    #expect(try gateway.act("mute", on: id, CallRow.callers).rule == "calls.allow")
    let path = gateway.scratch.path("gateway.yaml")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    func reload(_ text: String, _ count: Int) throws {
      try Data(text.utf8).write(to: URL(fileURLWithPath: path))
      gateway.process.signal(SIGHUP)
      _ = try gateway.process.lines(count, of: \.standardError) {
        $0["message"]?.string == "the configuration was read anew"
      }
    }
    try reload(text + "calls: \(Self.calls)\n", 1)
    #expect(try gateway.act("mute", on: id, CallRow.callers).status == 200)
    try reload(text, 2)
    #expect(try gateway.act("mute", on: id, CallRow.callers).rule == "calls.allow")
  }

  @Test(
    "is on the record though the gateway is killed before it hears what came of it, as is all that it passed before")
  func killed() throws {
    let simulator = try SimulatorProcess()
    let first = try gateway(before: simulator)
    let id = try first.conference("c-1")
    #expect(try first.act("mute", on: id, CallRow.callers).status == 200)
    try simulator.queue(actionFaults: "hang-after")
    let client = try first.connect()
    try client.send(
      WireClient.request("POST", "/v2/conferences/\(id)/actions/hold", CallRow.callers, key: GatewayProcess.key))
    while try simulator.calls(of: id).count < 2 { usleep(10_000) }
    first.kill()
    let second = try first.restarted()
    #expect(try second.act("unhold", on: id, CallRow.callers).status == 200)
    let records = try second.recordsAtEnd().filter { $0["decision"]?.string == "passed" }
    let told = try first.process.lines(2, of: \.standardOutput) {
      $0["seq"] != nil && $0["decision"]?.string != "configuration"
    }
    #expect(told.last?["call"]?.string == "mute")
    let ends = records.map { "\($0["call"]?.string ?? "") \($0["outcome"]?.string ?? "")" }
    #expect(Set(ends).isSuperset(of: ["hold unknown", "unhold executed"]))
    #expect(records.filter { $0["call"]?.string == "hold" }.count == 1)
  }

  @Test("has limits of its own, and costs a create's nothing")
  func limits() throws {
    let simulator = try SimulatorProcess()
    try simulator.set(#"{"names_are_unique":false}"#)
    let gateway = try gateway(before: simulator) {
      $0.admin = true
      $0.limits = [
        "{name: mutes, per: team, for: [mute], allow: 1, every: 1h}",
        "{name: looks, per: team, for: [read], allow: 1, every: 1h}",
        "{name: creates, per: team, allow: 2, every: 1h}",
      ]
    }
    let id = try gateway.conference("c-1")
    let muted = try gateway.act("mute", on: id, CallRow.callers)
    #expect(muted.status == 200 && muted.headers["ratelimit-policy"] == "\"mutes\";q=1;w=3600")
    let limited = try gateway.act("mute", on: id, CallRow.callers)
    #expect(limited.status == 429 && limited.rule == "limits.mutes" && limited.headers["retry-after"] != nil)
    #expect(try gateway.act("unmute", on: id, CallRow.callers).status == 200)
    #expect(try gateway.call("GET", "/v2/conferences/\(id)").status == 200)
    #expect(try gateway.call("GET", "/v2/conferences").rule == "limits.looks")
    #expect(try gateway.create(GatewayProcess.command("c-2")).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-3")).rule == "limits.creates")
    let page = try gateway.admin("/metrics").text
    for name in ["creates", "mutes", "looks"] {
      #expect(page.contains("convene_limit_rejections_total{limit=\"\(name)\"} 1\n"), "\(name)")
    }
    #expect(try gateway.recordsAtEnd().filter { $0["decision"]?.string == "limited" }.count == 3)
  }

  @Test("about a conference that another gateway of the fleet has made")
  func fleet() throws {
    let simulator = try SimulatorProcess()
    let ledger = try SharedLedger(on: PostgresServer.shared.get())
    let gateways = try ["one", "two"].map { name in
      try gateway(before: simulator) { $0.postgres = ledger.lines(replica: name) }
    }
    let id = try gateways[0].conference("c-1")
    #expect(try gateways[1].act("mute", on: id, CallRow.callers).status == 200)
    #expect(
      try gateways[1].call("GET", "/v2/conferences").json()["data"]?.array?.compactMap { $0["id"]?.string } == [id])
    #expect(try gateways[1].recordsAtEnd().filter { $0["decision"]?.string == "passed" }.count == 2)
  }

  @Test("goes on and is on the record though its caller has left")
  func left() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator)
    let id = try gateway.conference("c-1")
    try simulator.queue(actionFaults: "delay=300")
    var client: WireClient? = try gateway.connect()
    try client?.send(
      WireClient.request("POST", "/v2/conferences/\(id)/actions/mute", CallRow.callers, key: GatewayProcess.key))
    client = nil
    let records = try gateway.audit(2)
    #expect(records.last?["decision"]?.string == "passed" && records.last?["outcome"]?.string == "executed")
  }

  @Test(
    "is told apart from what can't be read as one",
    arguments: [
      ("", ["Content-Type: text/plain"], 415), ("{}", [], 415), ("{", ["Content-Type: application/json"], 400),
      ("{}", ["Content-Type: application/json", "Content-Encoding: gzip"], 415),
    ] as [(String, [String], Int)])
  func bodies(body: String, headers: [String], status: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator)
    let id = try gateway.conference("c-1")
    let client = try gateway.connect()
    let fields =
      ["Host: h", "Authorization: Bearer \(GatewayProcess.key)", "Content-Length: \(body.utf8.count)"] + headers
    try client.send(
      "POST /v2/conferences/\(id)/actions/mute HTTP/1.1\r\n\(fields.joined(separator: "\r\n"))\r\n\r\n\(body)")
    #expect(try client.readReply().status == status)
    #expect(try simulator.calls().isEmpty)
  }

  @Test("that only looks and fails keeps nobody from creating, however often")
  func failingReads() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator) { $0.upstreamLines = ["attempts: 1"] }
    let reads = Array(repeating: "\"status=500\"", count: 40).joined(separator: ",")
    #expect(try simulator.call("POST", "/simulator/faults/reads", "[\(reads)]").status == 200)
    for _ in 0..<40 { #expect(try gateway.call("GET", "/v2/conferences").status == 500) }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
  }

  @Test("has one key at most, though there are two places for it")
  func twoKeys() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator)
    let id = try gateway.conference("c-1")
    func join(_ key: String) throws -> WireReply {
      try gateway.call(
        "POST", "/v2/conferences/\(id)/actions/join", #"{"call_control_id":"v3:b","command_id":"j-1"}"#,
        headers: ["Idempotency-Key: \(key)"])
    }
    #expect(try join("j-2").status == 400 && simulator.calls().isEmpty)
    #expect(try join("j-1").status == 200)
  }

  @Test("is found on the record by its name and by its conference")
  func query() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator)
    let id = try gateway.conference("c-1")
    for action in ["mute", "unmute"] { _ = try gateway.act(action, on: id, CallRow.callers) }
    let lines = try gateway.query("jsonl", ["--call", "mute"]).split(separator: "\n")
    #expect(lines.count == 1 && lines.first?.contains(#""call":"mute""#) == true)
    #expect(try gateway.query("jsonl", ["--conference", id]).split(separator: "\n").count == 3)
    #expect(try gateway.query("table", ["--decision", "passed"]).contains("  mute\n"))
    #expect(try gateway.query("csv", ["--call", "unmute"]).contains(",\"unmute\"\r\n"))
  }

  @Test("needs no body where there is nothing to say, nor a length of none")
  func withoutBody() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator)
    let id = try gateway.conference("c-1")
    let client = try gateway.connect()
    try client.send(
      "POST /v2/conferences/\(id)/actions/end HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(GatewayProcess.key)\r\n\r\n"
    )
    #expect(try client.readReply().status == 200)
    #expect(try simulator.calls(of: id).count == 1)
  }

  @Test("that only looks is read from Telnyx in whatever form it comes, and a list that is none is said to be none")
  func oddLists() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator)
    let id = try gateway.conference("c-1")
    try simulator.set(#"{"meta":"omitted"}"#)
    let list = try gateway.call("GET", "/v2/conferences")
    #expect(list.status == 504 && list.kind == "no_answer" && list.headers["retry-after"] == "1")
    #expect(list.headers["x-should-retry"] == nil)
    #expect(try gateway.call("GET", "/v2/conferences/\(id)").status == 200)
  }

  @Test("is in the metrics under a word of its own")
  func metrics() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator) { $0.admin = true }
    let id = try gateway.conference("c-1")
    _ = try gateway.act("mute", on: id, CallRow.callers)
    _ = try gateway.act("mute", on: "nobody's", CallRow.callers)
    let page = try gateway.admin("/metrics").text
    for decision in ["passed", "refused"] {
      #expect(page.contains("convene_calls_total{call=\"mute\",decision=\"\(decision)\"} 1\n"))
    }
    #expect(page.contains("convene_requests_total{team=\"support\",decision=\"passed\",status=\"200\"} 1\n"))
    #expect(page.contains("convene_requests_total{team=\"support\",decision=\"refused\",status=\"404\"} 1\n"))
  }
}
