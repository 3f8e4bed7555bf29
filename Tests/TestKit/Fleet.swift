/// Several gateways that share a ledger, each a replica with a name of its own, before one simulator.
package final class Fleet: Sendable {
  package let database: FleetDatabase
  package let simulator: SimulatorProcess
  /// Each with a directory of its own. One that has ended is followed by another one of its name where it is asked for.
  package let replicas: [Gateways]

  /// - Parameters:
  ///   - ports: how a replica, by its number, reaches the database; the servers' in the order in which they are tried.
  ///   - wrappers: by replica, commands that run its first gateways, one each.
  ///   - change: what a replica's configuration differs in.
  package init(
    _ count: Int, on database: FleetDatabase, before simulator: SimulatorProcess,
    ports: (Int) throws -> [UInt16], wrappers: [Int: [[String]]] = [:],
    _ change: (Int, inout GatewayProcess.Options) -> Void = { _, _ in }
  ) throws {
    self.database = database
    self.simulator = simulator
    replicas = try (0..<count).map { number in
      var options = GatewayProcess.Options(upstream: simulator.httpURL)
      options.postgres = database.lines(replica: Self.name(number), ports: try ports(number))
      change(number, &options)
      return try Gateways(options, wrappers: wrappers[number] ?? [])
    }
  }

  package static func name(_ number: Int) -> String { "r\(number)" }

  /// Starts those that don't run, all at once.
  package func start() throws {
    let replicas = replicas
    _ = try concurrently(replicas.count) { _ = try replicas[$0].current() }
  }

  /// Ends them all in good order.
  package func end() throws {
    let replicas = replicas
    _ = try concurrently(replicas.count) { try replicas[$0].end() }
  }

  /// What the database holds when all have ended, or at any time.
  package func contents() throws -> FleetContents {
    try database.server.waitUntilReady()
    return try FleetContents(on: database.server, schema: database.schema)
  }
}
