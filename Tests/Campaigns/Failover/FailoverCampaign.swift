import Foundation
import JSON
import Oracle
import Synchronization
import TestKit

/// The primary goes and its standby is promoted. A synchronous one has all that anybody was told; where one was behind, that must be noticed.
enum FailoverCampaign: Campaign {
  static let name = "failover"
  static let floor: Floor? = Floor(name: promoted, count: 30)
  private static let promoted = "standbys promoted"

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let cases =
      try settings.only.map { [try FailoverCase(parsing: $0)] }
      ?? (0..<(settings.cases ?? 36)).map { FailoverCase($0, seed: settings.seed) }
    // After a failover nothing is sent again, so they wait for most of a minute.
    CaseQueue(cases, tally, on: { try SimulatorProcess() }) { one, simulator in
      let pair = try StandbyPair(isSynchronous: one.kind != .asynchronous)
      if one.kind == .asynchronous {
        try Loss.run(one, pair, simulator, settings, tally)
      } else {
        try run(one, pair, simulator, settings, tally)
      }
      tally.count(promoted)
      tally.count("\(promoted): \(one.kind.rawValue)")
    }.run(jobs: settings.jobs * 2)
  }

  private static func run(
    _ one: FailoverCase, _ pair: StandbyPair, _ simulator: SimulatorProcess, _ settings: Settings, _ tally: Tally
  ) throws {
    let database = try FleetDatabase(on: pair.primary)
    let run = try FleetRun(one.plan, on: database, before: simulator, ports: { _ in pair.ports })
    try run.run(one.description, settings, tally, causes: { one.plan.gateways }) { run in
      try? wait { run.isAnswered || run.answers >= one.number }
      if one.kind == .frozen { try pair.primary.freeze(true) } else { try pair.primary.crash() }
      usleep(UInt32(one.pause) * 1000)
      try pair.standby.promote()
      database.move(to: pair.standby)
      // Who was on the way to it arrives after all.
      if one.kind == .frozen {
        usleep(3_000_000)
        try pair.primary.freeze(false)
        usleep(500_000)
        try pair.primary.crash()
      }
    }
  }
}
