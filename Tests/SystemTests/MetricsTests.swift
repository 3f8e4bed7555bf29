import Foundation
import JSON
import TestKit
import Testing

/// Each page that is read here obeys its format, or reading it fails: see `Exposition`.
@Suite("The metrics", .timeLimit(.minutes(30)))
struct MetricsTests {
  private static let openMetrics = "application/openmetrics-text;version=1.0.0"

  private let simulator: SimulatorProcess

  init() throws { simulator = try SimulatorProcess() }

  /// One with everything that has a label.
  private func gateway(_ change: (inout GatewayProcess.Options) -> Void = { _ in }) throws -> GatewayProcess {
    let scratch = try Scratch()
    return try GatewayProcess(before: simulator) {
      $0.scratch = scratch
      $0.admin = true
      $0.upstreamLines = ["attempts: 1"]
      $0.policy = ["max_participants: {default: 20, max: 100}"]
      $0.limits = ["{name: account, per: organization, allow: 8, every: 24h}"]
      $0.audit = "sinks: [stdout, {file: {path: \"\(scratch.path("audit.jsonl"))\"}}]"
      change(&$0)
    }
  }

  private static func command(_ id: String, _ members: String = "") -> String {
    GatewayProcess.command(id, name: id, members)
  }

  /// Requests of each decision.
  ///
  /// - Returns: how many of each decision and status were sent.
  private static func send(to gateway: GatewayProcess, _ simulator: SimulatorProcess) throws -> [[String]: Int] {
    func create(_ id: String, _ members: String = "", key: String? = GatewayProcess.key) throws {
      _ = try gateway.create(command(id, members), key: key)
    }
    try create("c-1")
    try create("c-2")
    try create("c-1")
    for fault in ["status=422", "status=429", "status=302", "status=500", "close-after"] {
      try simulator.queue(faults: fault)
      try create("c-\(fault)")
    }
    try create("c-1", "\"max_participants\":5")
    try create("c-3", "\"max_participants\":500")
    try create("c-4", key: "wrong")
    _ = try gateway.create("{}")
    _ = try gateway.create("{")
    try create("c-8")
    try create("c-9")
    for path in ["/operations/c-1", "/operations/nobody"] { _ = try gateway.call("GET", path) }
    _ = try gateway.call("POST", "/conferences:explain", command("c-10"))
    _ = try gateway.call("DELETE", "/conferences")
    return [
      ["support", "forwarded", "200"]: 3, ["support", "replayed", "200"]: 1, ["support", "forwarded", "422"]: 1,
      ["support", "forwarded", "429"]: 1, ["support", "forwarded", "504"]: 3, ["support", "conflict", "422"]: 1,
      ["support", "refused", "403"]: 1, ["", "refused", "401"]: 1, ["support", "refused", "422"]: 1,
      ["support", "refused", "400"]: 1, ["support", "limited", "429"]: 1, ["support", "inspected", "200"]: 1,
      ["support", "inspected", "404"]: 1, ["support", "explained", "200"]: 1, ["", "refused", "405"]: 1,
    ]
  }

  @Test("agree with what was sent, and with each other, in both formats", arguments: [nil, MetricsTests.openMetrics])
  func agree(accept: String?) throws {
    let gateway = try gateway()
    let sent = try Self.send(to: gateway, simulator)
    let page = try gateway.metrics(accept: accept)
    let counted = page.samples("convene_requests_total").filter { $0.value > 0 }
      .reduce(into: [[String]: Int]()) { counts, sample in
        counts[["team", "decision", "status"].map { sample.labels[$0] ?? "?" }] = Int(sample.value)
      }
    #expect(counted == sent)
    for decision in Set(sent.keys.map { $0[1] }) {
      let count = page.value("convene_request_duration_seconds_count", ["decision": decision])
      #expect(count == page.value("convene_requests_total", ["decision": decision]), "\(decision)")
    }
    for (outcome, count) in [
      ("2xx", 3.0), ("4xx", 1), ("429", 1), ("3xx", 1), ("5xx", 1), ("lost", 1), ("not_sent", 0), ("token_refused", 0),
    ] {
      #expect(page.value("convene_upstream_attempts_total", ["outcome": outcome]) == count, "\(outcome)")
      #expect(page.value("convene_upstream_duration_seconds_count", ["outcome": outcome]) == count, "\(outcome)")
    }
    for (name, value) in [
      ("convene_refused_total", 7.0), ("convene_replayed_total", 1), ("convene_limit_rejections_total", 1),
      ("convene_in_flight", 0), ("convene_commands_executed_total", 3), ("convene_commands_not_executed_total", 2),
      ("convene_commands_unknown_total", 3), ("convene_breaker_open", 0), ("convene_ledger_writable", 1),
      ("convene_token_fallbacks_total", 0), ("convene_records_lost_total", 0), ("convene_config_info", 1),
      ("convene_build_info", 1),
    ] {
      #expect(page.value(name) == value, "\(name)")
    }
    #expect(page.samples("convene_limit_rejections_total").map(\.labels) == [["limit": "account"]])
    #expect(try #require(page.value("convene_ledger_batch_requests_sum")) >= 22)
    let commits = try #require(page.value("convene_ledger_commit_duration_seconds_count"))
    #expect(commits >= 12)
    #expect(try #require(page.value("convene_ledger_bytes")) > 4096)
    #expect(try #require(page.value("convene_connections", ["surface": "admin"])) >= 1)
    let now = Date().timeIntervalSince1970
    for name in ["convene_config_loaded_timestamp_seconds", "process_start_time_seconds"] {
      let time = try #require(page.value(name))
      #expect(now - 600 < time && time <= now, "\(name)")
    }
    let descriptors = try #require(page.value("process_open_fds"))
    let most = try #require(page.value("process_max_fds"))
    #expect(descriptors > 10 && descriptors < 100 && descriptors < most)
    let resident = try #require(page.value("process_resident_memory_bytes"))
    let virtual = try #require(page.value("process_virtual_memory_bytes"))
    #expect(resident > 1_000_000 && resident < virtual)
    #expect(try #require(page.value("process_cpu_seconds_total")) > 0)
    try wait { try gateway.metric("convene_unknown_commands") == 3 }
    try wait { try gateway.metric("convene_sink_lag_records") == 0 }
  }

  @Test("are all there before anything was sent, each with its help, in the format that is asked for")
  func idle() throws {
    let gateway = try gateway()
    let names = try Set(gateway.metrics().families.map(\.name))
    let open = try gateway.metrics(accept: Self.openMetrics)
    let suffixes = ["counter": "_total", "info": "_info"]
    #expect(Set(open.families.map { $0.name + (suffixes[$0.kind] ?? "") }) == names)
    for family in open.families { #expect(!family.samples.isEmpty, "\(family.name)") }
    #expect(open.value("convene_requests_total", ["team": "support"]) == 0)
    for (accept, type) in [
      (nil, "text/plain; version=0.0.4; charset=utf-8"),
      (Self.openMetrics, "application/openmetrics-text; version=1.0.0; charset=utf-8"),
    ] {
      #expect(try gateway.metricsPage(accept: accept).headers["content-type"] == type)
      let client = try WireClient(address: try #require(gateway.addresses.last))
      let fields = ["Connection: close"] + (accept.map { ["Accept: \($0)"] } ?? [])
      try client.send(WireClient.request("HEAD", "/metrics", "", key: nil, headers: fields))
      let head = try #require(client.readToEnd().flatMap(WireReply.parseAll))
      #expect(head.status == 200 && head.body.isEmpty && head.headers["content-type"] == type)
    }
    #expect(try gateway.metricsPage("DELETE").status == 405)
    _ = try Self.send(to: gateway, simulator)
    #expect(try Set(gateway.metrics().families.map(\.name)) == names)
  }

  @Test("are told to many at once, to each in its own format")
  func many() throws {
    let gateway = try gateway()
    let replies = try concurrently(24) { number in
      try (0..<5).map { turn in
        let accept = (number + turn) % 2 == 0 ? nil : Self.openMetrics
        return (accept, try gateway.metricsPage(accept: accept))
      }
    }
    #expect(replies.joined().count == 120)
    for (accept, reply) in replies.joined() {
      #expect(reply.status == 200 && reply.headers["content-type"]?.hasPrefix(accept == nil ? "text" : "appl") == true)
      #expect(reply.text.hasPrefix("# HELP ") && reply.text.hasSuffix("\n# EOF\n") == (accept != nil))
    }
  }

  @Test("are those that the documentation has, with the labels that it has")
  func documentation() throws {
    let gateway = try gateway()
    let page = try gateway.metrics()
    let found = page.families.map { family in
      "\(family.name) \(Set(family.samples.flatMap(\.labels.keys)).subtracting(["le"]).sorted())"
    }
    let text = try Repository.text("Sources/convene/convene.docc/Operating.md")
    let rows = text.matches(of: /\n\| `((?:convene|process)_[a-z_]+)` \| ([a-z_`, ]*)\|/).map { row in
      "\(row.output.1) \(row.output.2.matches(of: /`([a-z]+)`/).map { String($0.output.1) }.sorted())"
    }
    #expect(rows.sorted() == found.sorted())
  }

  @Test("have no label that a caller chooses, and none that Telnyx can make more of")
  func bounded() throws {
    let strange = "zz-strange-zz"
    let gateway = try gateway { $0.limits = [] }
    for number in 0..<12 {
      let mark = "\(strange)-\(number)"
      _ = try gateway.create(
        Self.command(mark), headers: ["X-Request-Id: \(mark)", "User-Agent: \(mark)", "traceparent: \(mark)"])
      _ = try gateway.call("GET", "/operations/\(mark)")
      _ = try gateway.call("\(strange.uppercased())", "/\(mark)?\(mark)=1", key: mark)
    }
    for status in [299, 418, 599] {
      try simulator.queue(faults: "status=\(status)")
      _ = try gateway.create(Self.command("c-\(status)"))
    }
    let reply = try gateway.metricsPage()
    #expect(!reply.text.lowercased().contains(strange))
    let page = try gateway.metrics()
    let statuses = Set(page.samples("convene_requests_total").compactMap { $0.labels["status"] })
    #expect(
      statuses.isSubset(of: ["200", "400", "401", "404", "405", "504", "4xx"]) && statuses.contains("4xx"),
      "\(statuses)")
    #expect(Set(page.samples("convene_requests_total").compactMap { $0.labels["team"] }) == ["support", ""])
  }

  @Test("of many teams and limits are as many as those have, and stay when a reload removes them")
  func teams() throws {
    let names = (1...150).map { "team-\($0)" }
    func file(_ name: String) -> String {
      """
      version: 1
      team: \(name)
      callers:
        - {name: one, key_sha256: "\(GatewayProcess.digest("key of \(name)"))"}
        - {name: two, key_sha256: "\(GatewayProcess.digest("another key of \(name)"))"}
      limits: [{name: limit-of-\(name), per: caller, allow: 1, every: 24h}]

      """
    }
    let gateway = try gateway {
      $0.limits = ["{name: account, per: organization, allow: 1000, every: 24h}"]
      $0.teams = Dictionary(uniqueKeysWithValues: names.map { ($0, file($0)) })
    }
    for (number, name) in names.prefix(3).enumerated() {
      for turn in 0...number {
        _ = try gateway.create(Self.command("\(name)-\(turn)"), key: "key of \(name)")
        _ = try gateway.create(Self.command("\(name)-other-\(turn)"), key: "another key of \(name)")
      }
    }
    let before = try gateway.metrics()
    #expect(Set(before.samples("convene_requests_total").compactMap { $0.labels["team"] }) == Set(names))
    #expect(before.samples("convene_limit_rejections_total").count == names.count + 1)
    #expect(before.value("convene_limit_rejections_total", ["limit": "account"]) == 0)
    for (number, name) in names.prefix(3).enumerated() {
      #expect(before.value("convene_requests_total", ["team": name]) == Double(2 * number + 2))
      #expect(before.value("convene_limit_rejections_total", ["limit": "limit-of-\(name)"]) == Double(2 * number))
    }
    let revision = before.samples("convene_config_info").compactMap { $0.labels["revision"] }
    for name in names.dropFirst() {
      try FileManager.default.removeItem(atPath: gateway.scratch.path("teams/\(name).yaml"))
    }
    gateway.process.signal(SIGHUP)
    try wait { try gateway.metric("convene_config_reloads_total", ["result": "reloaded"]) == 1 }
    _ = try gateway.create(Self.command("more"), key: "key of team-1")
    let after = try gateway.metrics()
    for sample in before.samples("convene_requests_total") {
      let value = try #require(after.value(sample.name, sample.labels), "\(sample.labels)")
      #expect(value >= sample.value)
    }
    #expect(after.value("convene_requests_total", ["team": "team-1"]) == 3)
    #expect(after.value("convene_requests_total", ["team": "team-3"]) == 6)
    let revisions = after.samples("convene_config_info").compactMap { $0.labels["revision"] }
    #expect(revisions.count == 1 && revisions != revision)
    let loaded = "convene_config_loaded_timestamp_seconds"
    #expect(try #require(after.value(loaded)) > #require(before.value(loaded)))
  }

  @Test("say whether the configuration could be read the last time")
  func reload() throws {
    let gateway = try gateway()
    let good = try #require(gateway.options.teams["support"])
    for (text, value) in [("version: 1\nnonsense: 1\n", 0), (good + "# again\n", 1)] {
      try gateway.scratch.write(text, to: "teams/support.yaml")
      gateway.process.signal(SIGHUP)
      try wait { try gateway.metric("convene_config_last_reload_successful") == value }
    }
    #expect(try gateway.metric("convene_config_reloads_total", ["result": "failed"]) >= 1)
  }

  @Test("add up over several workers, and never go back while they work")
  func workers() throws {
    let gateway = try gateway {
      $0.server = ["workers: 3"]
      $0.limits = []
    }
    var last = try gateway.metrics()
    let callers = Background {
      try concurrently(16) { number in
        for turn in 0..<10 { _ = try gateway.create(Self.command("c-\(number)-\(turn)")) }
      }
    }
    while last.value("convene_requests_total") != 160 {
      let page = try gateway.metrics()
      for family in last.families where family.kind != "gauge" {
        for sample in family.samples {
          #expect(try #require(page.value(sample.name, sample.labels)) >= sample.value, "\(sample.name)")
        }
      }
      last = page
    }
    _ = try callers.value()
    #expect(last.value("convene_commands_executed_total") == 160)
  }

  @Test("tell of a Telnyx that can't be reached, and of a token that it refuses")
  func trouble() throws {
    let before = try SimulatorProcess()
    let gateway = try gateway {
      $0.upstream = before.httpURL
      $0.limits = []
    }
    #expect(before.terminate() == 0)
    for number in 0..<21 { _ = try gateway.create(Self.command("c-\(number)")) }
    #expect(try gateway.metric("convene_breaker_open") == 1)
    #expect(try gateway.metric("convene_upstream_attempts_total", ["outcome": "not_sent"]) == 20)
    #expect(try gateway.metric("convene_requests_total", ["decision": "refused", "status": "503"]) == 1)
    let other = try self.gateway {
      $0.tokens = ["env: WRONG", "env: TELNYX_API_KEY"]
      $0.environment["WRONG"] = "KEY-obviously-not-right"
    }
    #expect(try other.create(Self.command("c-1")).status == 200)
    #expect(try other.metric("convene_token_fallbacks_total") == 1)
    #expect(try other.metric("convene_upstream_attempts_total", ["outcome": "token_refused"]) == 1)
    #expect(try other.metric("convene_upstream_attempts_total", ["outcome": "2xx"]) == 1)
  }

  @Test("are still told while the gateway drains")
  func draining() throws {
    let gate = Gate()
    let upstream = try ScriptedUpstream { _, _ in
      gate.pass()
      return .last("")
    }
    let gateway = try gateway { $0.upstream = upstream.url }
    let caller = Background { try gateway.create(Self.command("c-1")) }
    try wait { upstream.requests.count == 1 }
    gateway.process.signal(SIGTERM)
    try wait { try gateway.admin("/readyz").status == 503 }
    for accept in [nil, Self.openMetrics] {
      #expect(try gateway.metrics(accept: accept).value("convene_in_flight") == 1)
    }
    gate.open()
    #expect(try caller.value().status == 504)
    #expect(gateway.process.waitForExit() == 0)
  }

  @Test("count the commands of unknown outcome that an earlier process left, until they are no more")
  func unknown() throws {
    let gateway = try gateway()
    for number in 0..<3 {
      try simulator.queue(faults: "close-before")
      _ = try gateway.create(Self.command("c-\(number)"))
    }
    try wait { try gateway.metric("convene_unknown_commands") == 3 }
    gateway.kill()
    let next = try gateway.restarted()
    #expect(try next.metric("convene_unknown_commands") == 3)
    #expect(try next.create(Self.command("c-1")).status == 200)
    try wait { try next.metric("convene_unknown_commands") == 2 }
    #expect(try next.metric("convene_commands_unknown_total") == 0)
  }

  @Test("tell how much memory a ledger in memory takes up")
  func memory() throws {
    let gateway = try gateway {
      $0.ledger = ":memory:"
      $0.audit = "sinks: []"
    }
    for accept in [nil, Self.openMetrics] {
      let bytes = try #require(try gateway.metrics(accept: accept).value("convene_ledger_bytes"))
      #expect(bytes >= 4096 && bytes < 10_000_000)
    }
  }

  @Test("tell of a sink that can't be written, and how far it is behind")
  func sink() throws {
    let gateway = try gateway()
    let path = gateway.scratch.path("audit.jsonl")
    _ = try gateway.create(Self.command("c-1"))
    try wait { try gateway.metric("convene_sink_lag_records", ["sink": "file:\(path)"]) == 0 }
    // What it finds in its place is no file.
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    _ = try gateway.create(Self.command("c-2"))
    try wait { try gateway.metric("convene_sink_failures_total", ["sink": "file:\(path)"]) >= 1 }
    #expect(try gateway.metric("convene_sink_lag_records", ["sink": "file:\(path)"]) >= 1)
    try wait { try gateway.metric("convene_sink_lag_records", ["sink": "stdout"]) == 0 }
    #expect(try gateway.metric("convene_sink_failures_total", ["sink": "stdout"]) == 0)
    try FileManager.default.removeItem(atPath: path)
    try wait { try gateway.metric("convene_sink_lag_records", ["sink": "file:\(path)"]) == 0 }
  }
}
