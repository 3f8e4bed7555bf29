import TestKit

/// A server and its standby.
final class StandbyPair: Sendable {
  let primary: PostgresServer
  let standby: PostgresServer
  /// Between both.
  let proxy: CuttingProxy

  /// - Parameters:
  ///   - isSynchronous: whether each commit waits for the standby.
  ///   - wrapper: what the standby runs under.
  init(isSynchronous: Bool, wrapper: [String] = []) throws {
    let primary = try PostgresServer()
    let proxy = try CuttingProxy(target: primary.port)
    standby = try PostgresServer { options in
      options.primary = primary
      options.primaryPort = proxy.port
      options.wrapper = wrapper
    }
    (self.primary, self.proxy) = (primary, proxy)
    try wait { try primary.run("SELECT count(*) FROM pg_stat_replication WHERE state = 'streaming'") == "1" }
    guard isSynchronous else { return }
    try primary.run("ALTER SYSTEM SET synchronous_standby_names = 'standby'")
    try primary.run("SELECT pg_reload_conf()")
    try wait { try primary.run("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'") == "1" }
  }

  /// As gateways are told: both, the primary first.
  var ports: [UInt16] { [primary.port, standby.port] }
}
