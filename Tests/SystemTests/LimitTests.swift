import JSON
import TestKit
import Testing

@Suite("Rate limits", .timeLimit(.minutes(30)))
struct LimitTests {
  private static let limited = Refused(429, "limited", "10011", rule: "limits.account", owner: "organization")

  /// Where nothing comes back while a test runs.
  private func gateway(_ simulator: SimulatorProcess, _ limits: String...) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) { $0.limits = limits }
  }

  private func command(_ number: Int) -> String { GatewayProcess.command("c-\(number)", name: "n-\(number)") }

  @Test("let a burst through, then refuse; replays and conflicts cost nothing")
  func burst() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator, "{name: account, per: organization, allow: 2, every: 1h, burst: 3}")
    for (number, remaining) in [(1, 2), (2, 1), (3, 0)] {
      let reply = try gateway.create(command(number))
      #expect(reply.status == 200)
      #expect(reply.headers["ratelimit-policy"] == "\"account\";q=2;w=3600")
      let standing = try #require(reply.headers["ratelimit"])
      #expect(standing.hasPrefix("\"account\";r=\(remaining);t="))
      #expect(reply.headers["x-ratelimit-limit"] == (remaining == 0 ? "3" : nil))
      let replayed = try gateway.create(command(number))
      #expect(replayed.headers["idempotent-replayed"] == "true")
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "other")).status == 422)
    }
    let reply = try gateway.create(command(4))
    Self.limited.check(reply)
    #expect(reply.headers["retry-after"] == "60")
    #expect(reply.headers["x-ratelimit-limit"] == "3")
    #expect(reply.headers["x-ratelimit-remaining"] == "0")
    let reset = try #require(reply.headers["x-ratelimit-reset"].flatMap { Int($0) })
    #expect((1...1800).contains(reset))
    #expect(reply.headers["ratelimit"] == "\"account\";r=0;t=\(reset)", "until one more would pass")
    #expect(try gateway.create(command(1)).status == 200)
    #expect(try simulator.received() == 3)
    #expect(try gateway.allRecords().count { $0.decision == "limited" && $0.rule == "limits.account" } == 1)
  }

  @Test("are all charged or none")
  func allOrNone() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.limits = ["{name: account, per: organization, allow: 3, every: 1h}"]
      $0.teams["support"]? += "limits: [{name: small, per: caller, allow: 1, every: 1h}]\n"
      $0.teams["sales"] = """
        version: 1
        team: sales
        callers: [{name: crm, key_sha256: "\(GatewayProcess.digest("key-of-sales"))"}]
        """
    }
    #expect(try gateway.create(command(1)).status == 200)
    // Refused by the second of two limits: the first one is not charged for these.
    for number in 2...5 {
      Refused(429, "limited", "10011", rule: "limits.small").check(try gateway.create(command(number)))
    }
    for number in 6...7 {
      #expect(try gateway.create(command(number), key: "key-of-sales").status == 200)
    }
    Self.limited.check(try gateway.create(command(8), key: "key-of-sales"))
    #expect(try simulator.received() == 3)
  }

  @Test("count each caller, each team or all together", arguments: [("caller", 200, 200), ("team", 429, 200)])
  func scopes(per: String, sameTeam: Int, otherTeam: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.limits = ["{name: account, per: \(per), allow: 1, every: 1h}"]
      $0.teams["support"]? += "  - {name: second, key_sha256: \"\(GatewayProcess.digest("second-key"))\"}\n"
      $0.teams["sales"] = """
        version: 1
        team: sales
        callers: [{name: dialer, key_sha256: "\(GatewayProcess.digest("key-of-sales"))"}]
        """
    }
    #expect(try gateway.create(command(1)).status == 200)
    #expect(try gateway.create(command(2)).status == 429)
    #expect(try gateway.create(command(3), key: "second-key").status == sameTeam)
    #expect(try gateway.create(command(4), key: "key-of-sales").status == otherTeam)
  }

  @Test("survive a restart, in good order or not", arguments: [true, false])
  func restart(inGoodOrder: Bool) throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator, "{name: account, per: organization, allow: 1, every: 1h}")
    #expect(try gateway.create(command(1)).status == 200)
    if inGoodOrder { #expect(gateway.terminate() == 0) } else { gateway.kill() }
    Self.limited.check(try gateway.restarted().create(command(2)))
  }

  @Test("give back with time")
  func refill() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator, "{name: account, per: organization, allow: 1, every: 200ms}")
    #expect(try gateway.create(command(1)).status == 200)
    try wait { try gateway.create(command(2)).status == 200 }
    #expect(try simulator.received() == 2)
  }

  @Test("are not charged for what is refused before them")
  func refused() throws {
    let simulator = try SimulatorProcess()
    let gateway = try gateway(simulator, "{name: account, per: organization, allow: 1, every: 1h}")
    #expect(try gateway.create("{}").status == 422)
    #expect(try gateway.call("POST", "/conferences:explain", command(1)).status == 200)
    #expect(try gateway.create(command(1)).status == 200)
  }

  @Test("are told in whole seconds as they are: as many periods together as make whole seconds")
  func wholeSeconds() throws {
    let rows = [
      (50, "100ms", "q=500;w=1"), (3, "1500ms", "q=6;w=3"), (1, "2500ms", "q=2;w=5"), (7, "333ms", "q=7000;w=333"),
      (1, "1ms", "q=1000;w=1"), (1_000_000, "1ms", "q=1000000000;w=1"), (20, "1s", "q=20;w=1"),
      (2, "1h", "q=2;w=3600"), (1, "366d", "q=1;w=31622400"), (1_000_000, "86400001ms", "q=1000000000;w=86400001"),
    ]
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.limits = rows.enumerated().map { number, row in
        "{name: n\(number), per: organization, allow: \(row.0), every: \(row.1), burst: 2}"
      }
    }
    let reply = try gateway.create(command(1))
    let told = rows.enumerated().map { number, row in "\"n\(number)\";\(row.2)" }.joined(separator: ", ")
    #expect(reply.headers["ratelimit-policy"] == told)
    let standing = try #require(reply.headers["ratelimit"])
    #expect(standing.hasPrefix("\"n0\";r=1;t=1, \"n1\";r=1;t=1, \"n2\";r=1;t=3, \"n3\";r=1;t=1"))
  }
}
