/// How the descriptors that a process may have are shared out, so that none of its parts can use up another's: whoever
/// connects must not keep a command that was admitted from being sent, the ledger from being written, or health from being
/// asked for.
package struct DescriptorBudget: Sendable, Equatable {
  /// Callers' connections that are served.
  package let callers: Int
  /// Further ones, for who comes where nobody can go at the moment.
  package let overflow: Int
  /// Connections to the admin listener.
  package let admins: Int
  /// Connections to Telnyx.
  package let upstream: Int
  /// What of the configuration there is no room for, for people.
  package let warnings: [String]

  /// The ledger, its files, the sinks, standard input, output and error, and what is open for a moment only.
  private static let process = 28
  /// Loops, mailboxes, and what is accepted or closed in this moment.
  private static let perWorker = 8
  /// A connection that is being made may have two sockets: one of IPv4, one of IPv6.
  private static let perUpstreamConnection = 2
  private static let nameServers = 8
  private static let mostAdmins = 32
  private static let mostOverflow = 64
  private static let leastForCallers = 8

  /// - Parameters:
  ///   - limit: descriptors that the process may have (RLIMIT_NOFILE).
  ///   - workers: as many as there will be.
  ///   - sockets: those that are listened on.
  /// - Returns: nil where `limit` is below `least`.
  package init?(limit: Int, workers: Int, sockets: Int, server: ServerSettings, upstream settings: UpstreamSettings) {
    guard limit >= Self.least(workers: workers, sockets: sockets) else { return nil }
    let rest = limit - Self.fixed(workers: workers, sockets: sockets)
    admins = min(Self.mostAdmins, rest / 8)
    let shared = rest - admins
    let wanted = settings.maxConnections * Self.perUpstreamConnection + Self.nameServers
    let given = min(wanted, shared * 3 / 4)
    upstream = min(settings.maxConnections, max(1, (given - Self.nameServers) / Self.perUpstreamConnection))
    let forCallers = shared - given
    overflow = min(Self.mostOverflow, forCallers / 4)
    callers = min(server.maxConnections, forCallers - overflow)
    func warning(_ key: String, _ wanted: Int, _ given: Int) -> String? {
      guard given < wanted else { return nil }
      return "\(key) is \(wanted), but a limit of \(limit) open files leaves room for \(given)"
    }
    warnings = [
      warning("server.max_connections", server.maxConnections, callers),
      warning("upstream.max_connections", settings.maxConnections, upstream),
    ].compactMap(\.self)
  }

  /// The lowest limit with which a process can serve.
  package static func least(workers: Int, sockets: Int) -> Int {
    fixed(workers: workers, sockets: sockets) + nameServers + perUpstreamConnection + leastForCallers * 2
  }

  private static func fixed(workers: Int, sockets: Int) -> Int { process + perWorker * workers + sockets }
}
