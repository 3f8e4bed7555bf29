import Glibc
import Oracle
import TestKit

/// Kills the gateway before the n-th of each call by which it changes anything outside of itself, or learns of it.
enum KillCampaign: Campaign {
  static let name = "kill"
  static let floor: Floor? = Floor(name: reached, count: 2000)
  private static let reached = "kill points reached"

  private static let calls = [
    "pwrite64", "fdatasync", "ftruncate", "unlink", "write", "sendto", "sendmsg", "recvfrom", "epoll_wait",
  ]

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let points = try settings.only.map { [try unwrap(KillPoint($0), "no kill point: \($0)")] } ?? points(settings)
    CaseQueue(points, tally) { point, simulator in
      let again = point.again.map { [Strace.kill(at: $0, of: point.call)] } ?? []
      let run = try CaseRun(
        point.setting.scenario(point.scenario), point.variant, setting: point.setting,
        wrappers: [Strace.kill(at: point.number, of: point.call)] + again, simulator)
      try run.play()
      try run.check(tally)
      for end in run.gateways.ends where end.status == -SIGKILL {
        tally.count("killed" + (end.wasReady ? end.wasAsked ? " while stopping" : " while serving" : " while starting"))
      }
      let isReached = run.gateways.ends.contains { $0.status == -SIGKILL }
      tally.count(isReached ? reached : "points that were not reached")
      if isReached { tally.count("\(reached): \(point.setting.rawValue)") }
      if let end = run.gateways.ends.first(where: { $0.status != 0 && $0.status != -SIGKILL }) {
        throw Failure("ended with \(end.status): \(end.standardError)")
      }
    }.run(jobs: settings.jobs)
  }

  /// All points, round after round, each round with other faults and another variant; where fewer are asked for, evenly
  /// spread ones. How the gateway is configured changes from point to point, and comes to all of them with the rounds.
  private static func points(_ settings: Settings) throws -> [KillPoint] {
    let simulator = try SimulatorProcess()
    let most = try Strace.measure(calls, .dedupe, .plain, simulator)
    let mostInFlood = try Strace.measure(calls, .dedupe, .flood, simulator)
    let all = calls.flatMap { call in (1...max(1, most[call] ?? 0)).map { (call, $0) } }
    let count = settings.cases ?? 2800
    return (0..<count).map { index in
      let (round, place) =
        count < all.count ? (index, index * all.count / count) : (index / all.count, index % all.count)
      let (call, number) = all[place]
      let scenario = (round + Int(settings.seed) - 1)
      let setting = KillSetting.allCases[(round + place) % KillSetting.allCases.count]
      // A flood makes many more calls, and it is over when its counts are at stake.
      let stretch = setting == .flood ? (mostInFlood[call] ?? 1, max(1, most[call] ?? 1)) : (1, 1)
      return KillPoint(
        Variant.allCases[round % 3], setting, scenario: scenario, call, max(1, number * stretch.0 / stretch.1),
        again: round % 4 == 3 ? 1 + place % 40 : nil)
    }
  }
}
