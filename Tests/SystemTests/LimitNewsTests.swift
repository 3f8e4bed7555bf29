import JSON
import TestKit
import Testing

@Suite("The log says", .timeLimit(.minutes(30)))
struct LimitNewsTests {
  private static let began = "a limit refuses requests"
  private static let ended = "a limit refuses nothing any more"

  private func lines(_ gateway: GatewayProcess, _ message: String) -> [JSONValue] {
    ChildProcess.jsonLines(gateway.process.standardError).filter { $0["message"]?.string == message }
  }

  private func said(_ gateway: GatewayProcess, _ message: String, _ count: Int) throws -> [JSONValue] {
    try gateway.process.lines(count, of: \.standardError) { $0["message"]?.string == message }
  }

  private func create(_ id: String, at gateway: GatewayProcess, key: String = GatewayProcess.key) throws -> Int {
    try gateway.create(GatewayProcess.command(id, name: id), key: key).status
  }

  @Test("once that a limit refuses requests, for each team, and once that it has ceased to, whatever the workers")
  func beginsAndCeases() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["workers: 3"]
      $0.limits = ["{name: account, per: organization, allow: 1, every: 2s}"]
      $0.teams["sales"] = """
        version: 1
        team: sales
        callers: [{name: web, key_sha256: "\(GatewayProcess.digest("key-of-sales"))"}]

        """
    }
    var refused = (support: 0, sales: 0)
    for number in 1...20 {
      if try create("c-\(number)", at: gateway) == 429 { refused.support += 1 }
      if try create("s-\(number)", at: gateway, key: "key-of-sales") == 429 { refused.sales += 1 }
    }
    try #require(refused.support > 0 && refused.sales > 0)
    let ended = try gateway.process.lines(2, of: \.standardError) { $0["message"]?.string == Self.ended }
    let began = lines(gateway, Self.began)
    #expect(Set(began.map { $0["team"]?.string }) == ["support", "sales"] && began.count == 2)
    for line in began {
      #expect(line["level"]?.string == "warning" && line["limit"]?.string == "account")
      #expect(line["owner"]?.string == "organization" && line["per"]?.string == "organization")
      #expect(line["every"]?.string == "2s" && line["allow"]?.integer == 1)
      #expect(line["caller"]?.string == (line["team"]?.string == "sales" ? "web" : "dialer"))
      #expect(line["request_id"]?.string?.isEmpty == false)
    }
    let counts = ended.map { [$0["team"]?.string: $0["requests"]?.integer] }
    #expect(Set(counts) == [["support": Int64(refused.support)], ["sales": Int64(refused.sales)]])
    #expect(ended.allSatisfy { $0["level"]?.string == "notice" && $0["seconds"]?.integer != nil })
    // And anew.
    var number = 0
    try wait {
      number += 1
      return try create("again-\(number)", at: gateway) == 429
    }
    #expect(try said(gateway, Self.began, 3).count == 3)
    #expect(gateway.terminate() == 0)
    #expect(lines(gateway, Self.ended).count == 2)
  }

  @Test("that there is no room for more requests, and that there is again")
  func overload() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_connections: 8"] }
    for _ in 1...8 { try simulator.queue(faults: "delay=1000") }
    // One caller alone gets half of them.
    let clients = try (1...7).map { number in
      let client = try gateway.connect()
      let command = GatewayProcess.command("c-\(number)", name: "n-\(number)")
      try client.send(WireClient.request("POST", "/v2/conferences", command, key: GatewayProcess.key))
      return client
    }
    let statuses = try clients.map { try $0.readReply().status }
    #expect(statuses.contains(503) && statuses.contains(200), "\(statuses)")
    let began = try said(gateway, "requests are refused for want of room", 1)[0]
    #expect(began["level"]?.string == "warning" && began["reason"]?.string?.contains("as are left") == true)
    #expect(began["team"]?.string == "support" && began["request_id"]?.string?.isEmpty == false)
    let ended = try said(gateway, "there is room for requests again", 1)[0]
    #expect(ended["requests"]?.integer == Int64(statuses.count { $0 == 503 }) && ended["level"]?.string == "notice")
    #expect(gateway.terminate() == 0)
    #expect(lines(gateway, "requests are refused for want of room").count == 1)
  }
}
