internal import Foundation
internal import Glibc

/// What befalls a server.
extension PostgresServer {
  /// Ends all of its processes at once with SIGKILL: nothing is told to anybody, and nothing is written any more.
  package func crash() throws {
    let (shell, server) = (try unwrap(shell, "not running"), try identifier)
    // It makes no more of them.
    kill(server, SIGSTOP)
    let children = Self.children(of: server)
    for process in [server] + children { kill(process, SIGKILL) }
    try wait { shell.ended != nil && children.allSatisfy { kill($0, 0) != 0 } }
  }

  /// Ends the processes that serve the gateways' connections, at once and without a word. The server takes that for a crash of its own:
  /// it ends all others, too, and recovers.
  package func killBackends() throws {
    for process in try backends() { kill(process, SIGKILL) }
  }

  /// The processes that serve gateways' connections.
  package func backends() throws -> [Int32] {
    try run("SELECT pid FROM pg_stat_activity WHERE application_name = 'convene'").split(separator: "\n")
      .compactMap { Int32($0) }
  }

  /// Stops all of its processes where they are, or lets them go on.
  package func freeze(_ isFrozen: Bool) throws {
    let server = try identifier
    for process in [server] + Self.children(of: server) { kill(process, isFrozen ? SIGSTOP : SIGCONT) }
  }

  /// Returns when it serves: after a crash of its own it recovers first.
  package func waitUntilReady() throws { try wait { (try? run("SELECT")) != nil } }

  /// Makes a standby a server that takes writes.
  package func promote() throws {
    // What it asks itself may be given up for what it is recovering.
    try wait {
      _ = try? run("SELECT pg_promote(false) WHERE pg_is_in_recovery()")
      return (try? run("SELECT pg_is_in_recovery()")) == "f"
    }
  }

  private static func children(of process: Int32) -> [Int32] {
    ChildProcess.running().filter { $0.parent == process }.map(\.identifier)
  }
}
