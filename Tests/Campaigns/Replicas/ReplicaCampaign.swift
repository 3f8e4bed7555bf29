import Foundation
import Oracle
import TestKit

/// Kills gateways of a fleet before the n-th of each call by which they speak to the database, to Telnyx or to callers, or hear from them.
enum ReplicaCampaign: Campaign {
  static let name = "replicas"
  static let floor: Floor? = Floor(name: reached, count: 900)
  private static let reached = "gateways killed at a send, a receive or a wait"

  private static let calls = ["sendto", "recvfrom", "sendmsg", "write", "poll", "epoll_wait"]

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let points = try settings.only.map { [try unwrap(ReplicaPoint($0), "no such point: \($0)")] } ?? points(settings)
    CaseQueue(points, tally, on: { try FleetGround() }) { point, ground in
      let run = try FleetRun(
        point.plan, on: FleetDatabase(on: ground.server), before: ground.simulator, wrappers: point.wrappers)
      let killed = { run.fleet.replicas.flatMap(\.ends).count { $0.status == -SIGKILL } }
      try run.run(point.description, settings, tally, causes: killed)
      tally.count(reached, killed())
      tally.count("cases of \(point.gateways) gateways")
      if killed() == 0 { tally.count("points that were not reached") }
      if killed() > 0, !point.restarts {
        tally.count("cases in which nobody was started again before all was answered")
      }
    }.run(jobs: settings.jobs)
  }

  /// All points, round after round, each round with another variant and other faults; where fewer are asked for, evenly spread ones.
  private static func points(_ settings: Settings) throws -> [ReplicaPoint] {
    let most = try measure()
    let all = calls.flatMap { call in (1...max(1, most[call] ?? 0)).map { (call, $0) } }
    let count = settings.cases ?? 1200
    return (0..<count).map { index in
      let (round, place) =
        count < all.count ? (index, index * all.count / count) : (index / all.count, index % all.count)
      let (call, number) = all[place]
      return ReplicaPoint(
        variant: Variant.allCases[(round + place) % 3], gateways: 3 + (round + place) % 4, call: call, number: number,
        victims: (round + place) % 3 == 2 ? 2 : 1, restarts: index % 8 != 7, seed: settings.seed &+ UInt64(index))
    }
  }

  /// How often a gateway makes each call in a case, by the thread that makes most of them.
  private static func measure() throws -> [String: Int] {
    let (ground, scratch) = (try FleetGround(), try Scratch())
    let file = scratch.path("calls")
    let run = try FleetRun(
      FleetPlan(.dedupe, gateways: 3, seed: 1), on: FleetDatabase(on: ground.server), before: ground.simulator,
      wrappers: [0: [Strace.command(calls.joined(separator: ","), [], output: file)]])
    try run.play()
    return try Strace.most(calls, in: file)
  }
}
