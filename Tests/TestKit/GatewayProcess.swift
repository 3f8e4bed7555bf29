internal import Crypto
internal import Foundation
package import JSON

/// A running `convene serve` with a configuration and a ledger of its own, in a directory that goes with this object.
package final class GatewayProcess: Sendable {
  /// The key of the caller `dialer` of team `support`.
  package static let key = "key-of-a-test-caller"

  package let scratch: Scratch
  package let options: Options
  package let process: ChildProcess
  /// `HOST:PORT` or `unix:PATH` of the listeners, callers' first, the admin listener last where there is one.
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
    /// The value of `keyless:`, a flow mapping.
    package var keyless: String?
    /// The value of `calls:`, a flow mapping.
    package var calls: String?
    package var ledger = "ledger.db"
    /// Lines under `ledger.postgres:`, which then takes the path's place.
    package var postgres: [String] = []
    /// Lines under `ledger:` beside the place.
    package var ledgerLines: [String] = []
    /// Whether health and metrics are served, at the last of the addresses.
    package var admin = false
    package var adminListen = "127.0.0.1:0"
    /// Lines under `admin:` beside the address.
    package var adminLines: [String] = []
    package var audit = "sinks: [stdout]"
    /// Lines under `tracing:`.
    package var tracing: [String] = []
    /// The team files by name; the default is team `support` with one caller.
    package var teams: [String: String] = ["support": Options.support]
    package var environment: [String: String] = ["TELNYX_API_KEY": SimulatorProcess.token]
    package var arguments: [String] = []
    /// How many descriptors the process may have open.
    package var descriptorLimit: Int?
    /// The full path and the arguments of a program that runs the gateway, as strace does. It must become the gateway,
    /// so that signals reach that and its end is the gateway's.
    package var wrapper: [String] = []
    /// A directory to use again, with its ledger.
    package var scratch: Scratch?
    /// What must not end before the gateway does.
    package var simulator: SimulatorProcess?

    package init(upstream: String) { self.upstream = upstream }

    package static let support = """
      version: 1
      team: support
      callers:
        - {name: dialer, key_sha256: "\(GatewayProcess.digest(GatewayProcess.key))"}

      """
  }

  package static func digest(_ key: String) -> String { Digest.sha256(Array(key.utf8)).hex }

  /// Returns when every listener is open.
  package convenience init(_ options: Options) throws {
    let scratch = try options.scratch ?? Scratch()
    try self.init(options, scratch, Self.start(options, in: scratch))
  }

  /// One that `start` has started.
  package init(_ options: Options, _ scratch: Scratch, _ process: ChildProcess) throws {
    self.scratch = scratch
    self.options = options
    self.process = process
    let ready = try process.lines(1, of: \.standardError) { $0["message"]?.string == "ready" }
    addresses = ready.first?["listen"]?.array?.compactMap(\.string) ?? []
  }

  /// A gateway in front of a simulator.
  package convenience init(before simulator: SimulatorProcess, _ change: (inout Options) -> Void = { _ in }) throws {
    var options = Options(upstream: simulator.httpURL)
    options.simulator = simulator
    change(&options)
    try self.init(options)
  }

  /// `convene serve`, which may not come up.
  package static func start(_ options: Options, in scratch: Scratch) throws -> ChildProcess {
    let command =
      try options.wrapper + [ChildProcess.executable("convene").path, "serve", "--config", write(options, to: scratch)]
    return try ChildProcess(
      command[0], Array(command.dropFirst()) + options.arguments, environment: options.environment,
      descriptorLimit: options.descriptorLimit)
  }

  /// Another gateway on the same ledger. This one must have ended.
  package func restarted(_ change: (inout Options) -> Void = { _ in }) throws -> GatewayProcess {
    var options = options
    options.scratch = scratch
    change(&options)
    return try GatewayProcess(options)
  }

  deinit {
    process.signal(SIGKILL)
    _ = process.waitForExit()
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

  /// Asks at the admin listener.
  package func admin(_ path: String) throws -> WireReply {
    let client = try WireClient(address: unwrap(addresses.last, "no listener"))
    try client.send(WireClient.request("GET", path, "", key: nil))
    return try client.readReply()
  }

  /// The smallest command there is; further members as JSON text: `"duration_minutes":5`.
  package static func command(_ id: String?, name: String = "daily", _ members: String = "") -> String {
    let id = id.map { ",\"command_id\":\"\($0)\"" } ?? ""
    return "{\"call_control_id\":\"v3:of-a-test\",\"name\":\"\(name)\"\(id)\(members.isEmpty ? "" : ",")\(members)}"
  }

  /// The audit records of requests and commands so far, waited for until there are `count`. The ledger streams them to
  /// standard output.
  @discardableResult
  package func audit(_ count: Int) throws -> [JSONValue] {
    try process.lines(count, of: \.standardOutput, where: Self.isDecision)
  }

  /// Not one that tells of a start.
  private static func isDecision(_ line: JSONValue) -> Bool {
    line["seq"] != nil && line["decision"]?.string != "configuration"
  }

  /// What became of a command: its state, or nil where none is known.
  package func state(of commandID: String) throws -> String? {
    try call("GET", "/v2/operations/\(commandID)").json()["data"]?["state"]?.string
  }

  /// - Returns: the exit status after a SIGTERM.
  package func terminate() -> Int32 {
    process.signal(SIGTERM)
    return process.waitForExit()
  }

  /// Ends the gateway in good order: no record can come after these.
  package func recordsAtEnd() throws -> [JSONValue] {
    let status = terminate()
    guard status == 0 else { throw Failure("ended with \(status): \(process.standardError)") }
    return ChildProcess.jsonLines(process.standardOutput).filter(Self.isDecision)
  }

  /// No chance to say or write anything more.
  package func kill() {
    process.signal(SIGKILL)
    _ = process.waitForExit()
  }
}
