import Foundation
import Oracle
import TestKit

/// The clocks of the gateways' machines are an hour ahead or behind, a new primary's a minute: the database's own clock counts, and that
/// of its machine may be set.
enum SkewCampaign: Campaign {
  static let name = "skew"
  static let floor: Floor? = Floor(name: differing, count: 30)
  private static let differing = "cases with clocks that differ"

  private static let library = ["x86_64", "aarch64"]
    .map { "/usr/lib/\($0)-linux-gnu/faketime/libfaketime.so.1" }.first(where: FileManager.default.fileExists(atPath:))

  static func run(_ settings: Settings, _ tally: Tally) throws {
    guard let library else {
      tally.violation("libfaketime isn't there: Debian's package is `faketime`")
      return
    }
    let cases =
      try settings.only.map { [try SkewCase(parsing: $0)] }
      ?? (0..<(settings.cases ?? 40)).map { SkewCase($0, seed: settings.seed) }
    // After a failover nothing is sent again, so they wait for most of a minute.
    CaseQueue(cases, tally, on: { try SimulatorProcess() }) { one, simulator in
      let pair = try one.standby.map { seconds in
        try StandbyPair(
          isSynchronous: true, wrapper: skewed(library, seconds))
      }
      let server = try pair?.primary ?? PostgresServer()
      let database = try FleetDatabase(on: server)
      let run = try FleetRun(
        one.plan, on: database, before: simulator, ports: { _ in pair?.ports ?? [server.port] }
      ) { number, options in
        if one.hosts[number] != 0 { options.wrapper = skewed(library, one.hosts[number]) }
      }
      try run.run(one.description, settings, tally, causes: { one.plan.gateways }) { run in
        try? wait { run.isAnswered || run.answers >= one.number }
        if one.number % 2 == 1 { run.fleet.replicas[one.number % one.plan.gateways].kill() }
        guard let pair else { return }
        try pair.primary.crash()
        try pair.standby.promote()
        database.move(to: pair.standby)
      }
      tally.count(differing)
      if let seconds = one.standby { tally.count("new primaries whose clock is \(seconds) s off") }
    }.run(jobs: settings.jobs * 2)
  }

  /// Runs a program that sees another time of day. How time passes stays the same.
  private static func skewed(_ library: String, _ seconds: Int) -> [String] {
    let offset = seconds < 0 ? "\(seconds)" : "+\(seconds)"
    // The library changes what is last in the environment, and Swift's runtime then doesn't find the command line before it.
    return [
      "/usr/bin/env", "LD_PRELOAD=\(library)", "FAKETIME=\(offset)", "FAKETIME_DONT_FAKE_MONOTONIC=1", "LC_ALL=C",
    ]
  }
}
