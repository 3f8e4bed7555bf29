import Foundation
import JSON
import TestKit
import Testing

@Suite("A configuration that is changed while the gateway serves", .timeLimit(.minutes(30)))
struct ReloadTests {
  private static let adminKey = "key-of-a-test-operator"

  private let simulator: SimulatorProcess
  private let gateway: GatewayProcess
  private var team: String { gateway.scratch.path("teams/support.yaml") }
  private var operators: String { gateway.scratch.path("gateway.yaml") }

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) {
      $0.admin = true
      $0.adminLines = ["key_sha256: \"\(GatewayProcess.digest(Self.adminKey))\""]
      $0.policy = ["max_participants: {max: 200}"]
    }
  }

  private static func withMaximum(_ maximum: Int) -> String {
    GatewayProcess.Options.support + "policy: {max_participants: {max: \(maximum)}}\n"
  }

  private func create(_ id: String, of participants: Int) throws -> Int {
    try gateway.create(GatewayProcess.command(id, name: id, "\"max_participants\":\(participants)")).status
  }

  /// Asks for a reload at the admin listener.
  private func reload(key: String? = ReloadTests.adminKey, method: String = "POST") throws -> WireReply {
    let client = try WireClient(address: try #require(gateway.addresses.last))
    try client.send(WireClient.request(method, "/reload", "", key: key))
    return try client.readReply()
  }

  private func errors(_ reply: WireReply) throws -> [String] {
    try reply.json()["errors"]?.array?.compactMap(\.string) ?? []
  }

  private func log(_ message: String, _ count: Int = 1) throws -> [JSONValue] {
    try gateway.process.lines(count, of: \.standardError) { $0["message"]?.string == message }
  }

  private func write(_ text: String, to path: String) throws {
    try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: [])
  }

  @Test("judges all that comes later, and each record has the revision that judged it")
  func order() throws {
    #expect(try create("c-1", of: 150) == 200)
    let before = try #require(try gateway.audit(1)[0]["config"]?.string)
    try write(Self.withMaximum(100), to: team)
    let reply = try reload()
    #expect(reply.status == 200)
    let after = try #require(try reply.json()["revision"]?.string)
    #expect(try reply.json()["result"]?.string == "reloaded" && after != before)
    #expect(try create("c-2", of: 150) == 403)
    #expect(try create("c-1", of: 150) == 200, "an honest repeat gets the same answer")
    #expect(try gateway.audit(3).map { $0["config"]?.string } == [before, after, after])
    let records = ChildProcess.jsonLines(gateway.process.standardOutput).filter {
      $0["decision"]?.string == "configuration"
    }
    #expect(records.map { $0["config"]?.string } == [before, after])
    #expect(records.last?["changed"]?.array?.count == 1)
    let metrics = try gateway.admin("/metrics").text
    #expect(metrics.contains("\nconvene_config_reloads_total{result=\"reloaded\"} 1\n"))
    let status = try gateway.admin("/status").json()
    #expect(status["revision"]?.string == after && status["last_reload"]?["result"]?.string == "reloaded")
  }

  @Test("is read at SIGHUP")
  func signal() throws {
    try write(Self.withMaximum(100), to: team)
    gateway.process.signal(SIGHUP)
    _ = try log("the configuration was read anew")
    #expect(try create("c-1", of: 150) == 403)
  }

  @Test("is seen, however it was written", arguments: ["in place", "renamed", "new file", "link turned"])
  func watched(how: String) throws {
    let files = FileManager.default
    switch how {
    case "in place": try write(Self.withMaximum(100), to: team)
    case "renamed":
      try write(Self.withMaximum(100), to: team + ".new")
      #expect(rename(team + ".new", team) == 0)
    case "new file":
      let other = GatewayProcess.Options.support.replacingOccurrences(of: "team: support", with: "team: sales")
        .replacingOccurrences(of: GatewayProcess.digest(GatewayProcess.key), with: GatewayProcess.digest("another"))
      try write(other, to: gateway.scratch.path("teams/sales.yaml"))
      _ = try log("the configuration was read anew")
      let reply = try gateway.create(GatewayProcess.command("c-2", "\"max_participants\":50"), key: "another")
      #expect(reply.status == 200, "\(reply.text)")
      return
    default:
      // As Kubernetes mounts a ConfigMap: a link to a link to a directory, which is turned.
      for version in ["v1", "v2"] {
        try files.createDirectory(atPath: gateway.scratch.path(version), withIntermediateDirectories: true)
        try write(Self.withMaximum(version == "v1" ? 150 : 100), to: gateway.scratch.path("\(version)/support.yaml"))
      }
      try files.createSymbolicLink(atPath: gateway.scratch.path("data"), withDestinationPath: "v1")
      try files.removeItem(atPath: team)
      try files.createSymbolicLink(atPath: team, withDestinationPath: "../data/support.yaml")
      _ = try log("the configuration was read anew")
      #expect(try create("c-0", of: 150) == 200)
      try files.createSymbolicLink(atPath: gateway.scratch.path("data.new"), withDestinationPath: "v2")
      #expect(rename(gateway.scratch.path("data.new"), gateway.scratch.path("data")) == 0)
    }
    _ = try log("the configuration was read anew", how == "link turned" ? 2 : 1)
    #expect(try create("c-1", of: 150) == 403)
  }

  @Test("is seen where it was changed between the reading at the start and the first look")
  func whileStarting() throws {
    let scratch = gateway.scratch
    var options = gateway.options
    options.scratch = scratch
    options.ledger = "other.db"
    // The ledger waits for its disk, and the file is changed meanwhile.
    options.wrapper = [
      "/usr/bin/strace", "-D", "-f", "-y", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
      "inject=fdatasync:delay_enter=2000000:when=1",
    ]
    let other = Background { [options] in try GatewayProcess(options) }
    try wait { FileManager.default.fileExists(atPath: scratch.path("other.db")) }
    try write(Self.withMaximum(100), to: team)
    let started = try other.value()
    _ = try started.process.lines(1, of: \.standardError) { $0["message"]?.string == "the configuration was read anew" }
    #expect(
      try started.create(GatewayProcess.command("c-1", "\"max_participants\":150")).status == 403)
  }

  @Test("that is wrong leaves what was in force, and says why in the answer, the log, the metric and the status")
  func broken() throws {
    let good = try String(contentsOfFile: team, encoding: .utf8)
    try write(Self.withMaximum(300), to: team)
    let reply = try reload()
    #expect(reply.status == 422)
    let said = try errors(reply)
    #expect(said.count == 1 && said[0].contains("\(team):5:") && said[0].contains("max_participants"), "\(said)")
    #expect(try create("c-1", of: 150) == 200)
    let line = try log("the configuration can't be read anew; what was in force stays so")[0]
    #expect(line["errors"]?.array?.compactMap(\.string) == said)
    #expect(try gateway.admin("/metrics").text.contains("\nconvene_config_reloads_total{result=\"failed\"} 1\n"))
    let status = try gateway.admin("/status").json()
    #expect(status["last_reload"]?["errors"]?.array?.compactMap(\.string) == said)
    #expect(try gateway.admin("/ready").status == 200)
    try write(good, to: team)
    _ = try reload()
    #expect(try gateway.admin("/status").json()["last_reload"]?["errors"] == nil)
  }

  @Test("is tried again where what was wrong is mended in a file that it does not yet have")
  func mendedElsewhere() throws {
    let before = try String(contentsOfFile: operators, encoding: .utf8)
    try write(before.replacingOccurrences(of: "{env: TELNYX_API_KEY}", with: "{file: late}"), to: operators)
    #expect(try reload().status == 422)
    try write(SimulatorProcess.token, to: gateway.scratch.path("late"))
    _ = try log("the configuration was read anew")
    #expect(try create("c-1", of: 150) == 200)
    #expect(try log("the configuration can't be read anew; what was in force stays so").count == 1)
  }

  @Test("says that it is over where what was wrong is taken back")
  func takenBack() throws {
    let good = try String(contentsOfFile: team, encoding: .utf8)
    try write(Self.withMaximum(300), to: team)
    #expect(try reload().status == 422)
    try write(good, to: team)
    #expect(try reload().json()["result"]?.string == "unchanged")
    _ = try log("the configuration says again what is in force")
  }

  @Test("is seen where somebody writes one of its files without end")
  func restless() throws {
    let isOver = Gate()
    let (team, good) = (team, Self.withMaximum(100))
    let writing = Background {
      while !isOver.isOpen {
        try Data(good.utf8).write(to: URL(fileURLWithPath: team), options: .atomic)
        usleep(100_000)
      }
    }
    defer { isOver.open() }
    _ = try log("the configuration was read anew")
    #expect(try create("c-1", of: 150) == 403)
    isOver.open()
    try writing.value()
  }

  @Test("that is wrong in thousands of places is told of by the first ones and how many more there are")
  func brokenOften() throws {
    let callers = (0..<3000).map {
      "  - {name: c-\($0), key_sha256: \"x\", KEY00112233445566778899AABBCCDDEEFF_\($0): 1}\n"
    }
    try write("version: 1\nteam: support\ncallers:\n" + callers.joined(), to: team)
    let reply = try reload()
    let said = try errors(reply)
    #expect(
      reply.status == 422 && said.count == 101 && said.last == "and 5900 more", "\(said.count): \(said.last ?? "")")
    #expect(said.dropLast().allSatisfy { $0.hasPrefix("\(team):") })
    let line = try log("the configuration can't be read anew; what was in force stays so")[0]
    #expect(line["errors"]?.array?.compactMap(\.string) == said)
    #expect(try gateway.admin("/status").json()["last_reload"]?["errors"]?.array?.compactMap(\.string) == said)
    #expect(!reply.text.contains("33445566778899") && !gateway.process.standardError.contains("33445566778899"))
  }

  @Test(
    "is refused as a whole where something in it needs a restart, which is named",
    arguments: [
      ("url: http://127.0.0.1:", "url: http://[::1]:", "upstream.url"),
      ("[127.0.0.1:0]", "[127.0.0.1:1]", "server.listen"),
      ("path: \"ledger.db\"", "path: other.db", "ledger"), ("organization: example", "organization: o", "organization"),
    ])
  func restart(text: String, other: String, key: String) throws {
    let before = try String(contentsOfFile: operators, encoding: .utf8)
    try write(before.replacingOccurrences(of: text, with: other), to: operators)
    try write(Self.withMaximum(100), to: team)
    let reply = try reload()
    #expect(reply.status == 422)
    #expect(try errors(reply) == ["\(operators): \(key) was changed, which needs a restart"])
    #expect(try create("c-1", of: 150) == 200)
    try write(before, to: operators)
    #expect(try reload().json()["result"]?.string == "reloaded")
    #expect(try create("c-2", of: 150) == 403)
  }

  @Test("is read for nobody without the operator's key")
  func key() throws {
    #expect(try reload(key: nil).status == 401)
    #expect(try reload(key: GatewayProcess.key).status == 401)
    #expect(try reload(method: "GET").status == 405)
    #expect(try reload().json()["result"]?.string == "unchanged")
    let silent = try GatewayProcess(before: simulator) { $0.admin = true }
    let client = try WireClient(address: try #require(silent.addresses.last))
    try client.send(WireClient.request("POST", "/reload", "", key: Self.adminKey))
    #expect(try client.readReply().status == 403)
  }

  @Test(
    "has other tokens: each is used as it is configured, and what was sent with one that is gone is looked up with it")
  func tokens() throws {
    try write(
      try String(contentsOfFile: operators, encoding: .utf8).replacingOccurrences(
        of: "  - {env: TELNYX_API_KEY}", with: "  - {file: token}"), to: operators)
    try write("KEY-obviously-not-right", to: gateway.scratch.path("token"))
    #expect(try reload().json()["result"]?.string == "reloaded")
    #expect(try create("c-1", of: 2) == 502)
    try write(SimulatorProcess.token, to: gateway.scratch.path("token"))
    _ = try log("token was read anew")
    #expect(try create("c-2", of: 2) == 200)
  }

  @Test("leaves limits as full as they are")
  func limits() throws {
    let limit = "limits: [{name: few, per: team, allow: 3, every: 1h}]\n"
    try write(GatewayProcess.Options.support + limit, to: team)
    _ = try reload()
    for number in 1...3 { #expect(try create("c-\(number)", of: 2) == 200) }
    try write(Self.withMaximum(100) + limit, to: team)
    #expect(try reload().json()["result"]?.string == "reloaded")
    #expect(try create("c-4", of: 2) == 429)
  }

  @Test("is changed a hundred times under load, half of them wrongly, and no request fails", .timeLimit(.minutes(30)))
  func often() throws {
    let callers = 4
    let isOver = Gate()
    let load = (0..<callers).map { caller in
      Background { () throws -> Int in
        var count = 0
        while !isOver.isOpen {
          let id = "c-\(caller)-\(count)"
          let reply = try gateway.create(GatewayProcess.command(id, name: id, "\"max_participants\":50"))
          #expect(reply.status == 200, "\(reply.text)")
          count += 1
        }
        return count
      }
    }
    var revisions: Set<String> = []
    for round in 0..<100 {
      try write(round % 2 == 0 ? Self.withMaximum(60 + round) : Self.withMaximum(999), to: team)
      let reply = try reload()
      #expect(reply.status == (round % 2 == 0 ? 200 : 422))
      revisions.insert(try #require(try reply.json()["revision"]?.string))
    }
    isOver.open()
    let sent = try load.reduce(0) { try $0 + $1.value() }
    let records = try gateway.recordsAtEnd()
    #expect(records.count == sent)
    #expect(revisions.count == 50)
    let start = ChildProcess.jsonLines(gateway.process.standardOutput).first?["config"]?.string
    #expect(records.allSatisfy { $0["config"]?.string.map { revisions.contains($0) || $0 == start } ?? false })
  }
}
