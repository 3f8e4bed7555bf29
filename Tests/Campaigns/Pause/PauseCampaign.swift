import Foundation
import JSON
import Oracle
import Synchronization
import TestKit

/// Gateways are stopped (SIGSTOP) in the middle of a create and go on much later, when others have taken over what was theirs.
///
/// Telnyx remembers an id for a minute, as it does: what is sent later than that is a second conference, which can't hide.
enum PauseCampaign: Campaign {
  static let name = "pause"
  static let floor: Floor? = Floor(name: reached, count: 150)
  private static let reached = "gateways stopped and gone on"

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let cases =
      try settings.only.map { [try PauseCase(parsing: $0)] } ?? (0..<(settings.cases ?? 64)).map { PauseCase($0) }
    // They wait most of the time.
    CaseQueue(cases, tally, on: { try FleetGround() }) { try run($0, $1, settings, tally) }.run(jobs: settings.jobs * 4)
  }

  private static func run(_ one: PauseCase, _ ground: FleetGround, _ settings: Settings, _ tally: Tally) throws {
    let victims = try one.points.map { try PauseVictim($0, seconds: one.seconds, ground) }
    let healthy = victims.count
    let plan = FleetPlan(
      one.variant, gateways: healthy + 1, callers: healthy, own: 4, shared: 0, seed: 0, faults: 0)
    let run = try FleetRun(
      plan, on: FleetDatabase(on: ground.server), before: ground.simulator,
      ports: { [$0 < healthy ? victims[$0].database.port : ground.server.port] }
    ) { number, options in
      guard number < healthy else { return }
      options.upstream = victims[number].upstream.url
      // It would go on after a stop that others have taken for its end.
      options.upstreamLines = options.upstreamLines.map { $0.hasPrefix("deadline:") ? "deadline: 40s" : $0 }
    }
    try ground.simulator.set(#"{"names_are_unique":false}"#)
    do {
      try run.fleet.start()
      for (number, victim) in victims.enumerated() { try victim.arm(run.fleet.replicas[number].current()) }
      let successors = (one.mode == .replaced ? Array(victims.indices) : []).map { number in
        Background {
          let victim = victims[number]
          try? wait(within: .seconds(150)) { victim.wasStopped || victim.isFinished }
          if victim.wasStopped, !victim.isFinished { try run.fleet.replicas[number].replace() }
        }
      }
      let late = try concurrently(healthy, within: .seconds(300)) { victim in
        try plan.ids[victim].map { try run.askTwice($0, at: victim, thenAt: healthy) }
      }
      for answer in late.flatMap({ $0 }) { try answer.value(within: .seconds(120)) }
      for victim in victims { try victim.finish() }
      for successor in successors { try successor.value() }
      for replica in run.fleet.replicas { try replica.endReplaced() }
      try run.play()
      let stopped = victims.count { $0.wasStopped }
      try run.check(tally, causes: stopped)
      if one.mode != .dedupe { tally.count("\(reached), \(one.mode.rawValue)", stopped) }
      tally.count(reached, stopped)
      for victim in victims {
        tally.count(
          victim.wasStopped ? "\(reached): \(victim.point.kind), \(one.seconds) s" : "points that were not reached")
      }
    } catch {
      for victim in victims { victim.giveUp() }
      // What the design doesn't promise: nobody can look again between its last look and its send.
      if one.isBeyondPromise, "\(error)".contains("was executed") {
        tally.count("not promised: frozen for over 60 s between the last look and the send, and executed twice")
        return
      }
      run.keep(one.description, settings, error)
      throw error
    }
  }
}
