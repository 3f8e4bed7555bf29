internal import Crypto
package import Foundation
package import JSON

/// A running `convene serve` with a configuration and a ledger of its own, in a directory that goes with this object.
package final class GatewayProcess: Sendable {
  /// The key of the caller `dialer` of team `support`.
  package static let key = "key-of-a-test-caller"

  package let directory: URL
  package let process: ChildProcess
  /// `HOST:PORT` or `unix:PATH` of the doors, callers' first, the admin door last where there is one.
  package let addresses: [String]

  /// What a test's configuration differs in: whole sections of `gateway.yaml`, as YAML text without their key.
  package struct Options: Sendable {
    package var upstream = ""
    /// Lines under `server:`, without indentation.
    package var server: [String] = []
    /// Lines under `upstream:` beside url and tokens.
    package var upstreamLines: [String] = []
    package var tokens = ["env: TELNYX_API_KEY"]
    /// Lines under `policy:`.
    package var policy: [String] = []
    /// Lines under `limits:`, each a flow mapping.
    package var limits: [String] = []
    /// The ledger's path; nil = in the directory.
    package var ledger: String?
    package var audit = "sinks: [stdout]"
    /// The team files by name; the default is team `support` with one caller.
    package var teams: [String: String] = ["support": Options.support]
    package var environment: [String: String] = ["TELNYX_API_KEY": SimulatorProcess.token]
    package var arguments: [String] = []
    /// A directory to use again, with its ledger.
    package var directory: URL?

    package init(upstream: String) { self.upstream = upstream }

    package static let support = """
      version: 1
      team: support
      callers:
        - {name: dialer, key_sha256: "\(GatewayProcess.digest(GatewayProcess.key))"}
      """
  }

  package static func digest(_ key: String) -> String { Digest.sha256(Array(key.utf8)).hex }

  /// Returns when every door is open.
  package init(_ options: Options) throws {
    directory = try options.directory ?? Self.makeDirectory()
    try Self.write(options, to: directory)
    process = try ChildProcess(
      "convene", ["serve", "--config", directory.appendingPathComponent("gateway.yaml").path] + options.arguments,
      environment: options.environment)
    let ready = try process.lines(1, of: \.standardError) { $0["message"]?.string == "ready" }
    addresses = ready.first?["listen"]?.array?.compactMap(\.string) ?? []
  }

  /// A gateway in front of a simulator.
  package convenience init(before simulator: SimulatorProcess, _ change: (inout Options) -> Void = { _ in }) throws {
    var options = Options(upstream: simulator.httpURL)
    change(&options)
    try self.init(options)
  }

  deinit {
    process.signal(SIGKILL)
    _ = process.waitForExit()
    try? FileManager.default.removeItem(at: directory)
  }

  package static func makeDirectory() throws -> URL {
    let directory = FileManager.default.temporaryDirectory.appendingPathComponent("convene-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
    return directory
  }

  /// Writes `gateway.yaml` and `teams/*.yaml`.
  package static func write(_ options: Options, to directory: URL) throws {
    func section(_ name: String, _ lines: [String]) -> String {
      lines.isEmpty ? "" : "\(name):\n" + lines.map { "  \($0)\n" }.joined()
    }
    let server =
      options.server.contains { $0.hasPrefix("listen:") } ? options.server : ["listen: [127.0.0.1:0]"] + options.server
    let text =
      "version: 1\norganization: example\n" + section("server", server)
      + section(
        "upstream",
        ["url: \(options.upstream)", "tokens:"] + options.tokens.map { "  - {\($0)}" } + options.upstreamLines)
      + section("ledger", ["path: \"\(options.ledger ?? "ledger.db")\""]) + section("audit", [options.audit])
      + section("policy", options.policy) + section("limits", options.limits.map { "- \($0)" })
      + "teams: [teams/*.yaml]\n"
    try text.write(to: directory.appendingPathComponent("gateway.yaml"), atomically: true, encoding: .utf8)
    let teams = directory.appendingPathComponent("teams")
    try FileManager.default.createDirectory(at: teams, withIntermediateDirectories: true)
    for (name, text) in options.teams {
      try text.write(to: teams.appendingPathComponent("\(name).yaml"), atomically: true, encoding: .utf8)
    }
  }

  package func connect() throws -> WireClient { try WireClient(address: addresses[0]) }

  /// One request on a connection of its own.
  package func call(
    _ method: String, _ path: String, _ body: String = "", key: String? = GatewayProcess.key, headers: [String] = []
  ) throws -> WireReply {
    let client = try connect()
    try client.send(WireClient.request(method, path, body, key: key, headers: headers))
    return try client.readReply()
  }

  package func create(
    _ body: String, key: String? = GatewayProcess.key, headers: [String] = []
  ) throws -> WireReply {
    try call("POST", "/v2/conferences", body, key: key, headers: headers)
  }

  /// The smallest command there is; further members as JSON text: `"duration_minutes":5`.
  package static func command(_ id: String?, name: String = "daily", _ members: String = "") -> String {
    let id = id.map { ",\"command_id\":\"\($0)\"" } ?? ""
    return "{\"call_control_id\":\"v3:of-a-test\",\"name\":\"\(name)\"\(id)\(members.isEmpty ? "" : ",")\(members)}"
  }

  /// The audit records so far, waited for until there are `count`. The ledger streams them to standard output.
  package func audit(_ count: Int) throws -> [JSONValue] {
    try process.lines(count, of: \.standardOutput) { $0["seq"] != nil }
  }

  /// - Returns: the exit status after a SIGTERM.
  package func terminate() -> Int32 {
    process.signal(SIGTERM)
    return process.waitForExit()
  }
}
