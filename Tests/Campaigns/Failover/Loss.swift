import Foundation
import JSON
import Oracle
import TestKit

/// A standby that lacks what callers have been told of. Nobody can give it back; somebody must say so.
enum Loss {
  static func run(
    _ one: FailoverCase, _ pair: StandbyPair, _ simulator: SimulatorProcess, _ settings: Settings, _ tally: Tally
  ) throws {
    let database = try FleetDatabase(on: pair.primary)
    let run = try FleetRun(one.plan, on: database, before: simulator, ports: { _ in pair.ports })
    do {
      try run.fleet.start()
      // Some that the standby has, then some that it will never have.
      try run.ask(one.plan.ids.map { Array($0.prefix(2)) })
      try wait {
        try pair.primary.run("SELECT bool_and(replay_lsn = pg_current_wal_lsn()) FROM pg_stat_replication") == "t"
      }
      pair.proxy.hold(for: .seconds(60))
      try run.ask(one.plan.ids.map { Array($0.dropFirst(2)) })
      try pair.primary.crash()
      pair.proxy.reset()
      usleep(UInt32(one.pause) * 1000)
      try pair.standby.promote()
      database.move(to: pair.standby)
      let contents = try run.fleet.contents()
      let lost = one.plan.allIDs.filter { contents.states[$0] != 2 }
      tally.count("answered commands that a standby lacked", lost.count)
      guard !lost.isEmpty else {
        tally.count("points that were not reached")
        return try run.fleet.end()
      }
      // Once more, for each gateway to meet the new primary.
      _ = try? run.ask(one.plan.ids.enumerated().map { caller, _ in ["after-\(caller)"] })
      let notices = { run.fleet.replicas.map(Self.notices) }
      try? wait(within: .seconds(15)) { notices().allSatisfy { !$0.isEmpty } }
      // What is only said at the end is said too late: an operator must hear of it while it serves.
      let said = notices()
      try? run.fleet.end()
      for (number, notices) in said.enumerated() {
        guard !notices.isEmpty else {
          throw Failure(
            "\(lost.count) commands were lost, and \(Fleet.name(number)) has not noticed that of its own records")
        }
        tally.count("gateways that said what was lost of their own")
      }
      if settings.only != nil { run.keep(one.description, settings, "no violation") }
    } catch {
      run.keep(one.description, settings, error)
      throw error
    }
  }

  /// What a gateway said of a loss.
  private static func notices(_ replica: Gateways) -> [String] {
    // Who has ended of it may not have been followed by another one yet.
    return replica.logs.flatMap { ChildProcess.jsonLines($0) }
      .filter { ["error", "critical"].contains($0["level"]?.string) }
      .flatMap { line in ["message", "reason", "error"].compactMap { line[$0]?.string } }
      .filter { $0.contains("lost") || $0.contains("lack") || $0.contains("behind") || $0.contains("missing") }
  }
}
