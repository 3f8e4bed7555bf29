import Foundation
import Oracle
import TestKit

/// Ends the server's processes around a commit: the one that serves a gateway before the n-th of its calls, which the server takes for a
/// crash of its own, or all of them, with more or less of a farewell.
enum PostgresCampaign: Campaign {
  static let name = "postgres"
  static let floor: Floor? = Floor(name: reached, count: 150)
  private static let reached = "ends of the server, or of connections"

  private static let calls = ["pwrite64", "fdatasync", "sendto", "recvfrom", "epoll_wait"]

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let points = try settings.only.map { [try unwrap(PostgresPoint($0), "no such point: \($0)")] } ?? points(settings)
    CaseQueue(points, tally, on: { try FleetGround() }) { point, ground in
      let run = try FleetRun(point.plan, on: FleetDatabase(on: ground.server), before: ground.simulator)
      try run.fleet.start()
      let trace = try point.call.map { try BackendTrace.kill(ground.server, at: point.number, of: $0) }
      let happened = Gate()
      try run.run(point.description, settings, tally, causes: { happened.isOpen ? point.plan.gateways : 0 }) { run in
        if let trace {
          try? wait { trace.hasStruck || run.isAnswered }
          if trace.hasStruck { happened.open() }
          return
        }
        usleep(UInt32(point.number) * 1000)
        if run.isAnswered { return }
        happened.open()
        switch point.kind {
        case .crash: try ground.server.crash()
        case .quit: try ground.server.stop(SIGQUIT)
        case .fast: try ground.server.stop(SIGINT)
        case .terminate:
          try ground.server.run(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'convene'")
          return
        case .backend: return try ground.server.killBackends()
        }
        usleep(UInt32(point.pause) * 1000)
        try ground.server.start()
      }
      tally.count(happened.isOpen ? reached : "points that were not reached")
      if happened.isOpen {
        tally.count("\(reached): \(point.kind.rawValue)" + (point.call.map { " before \($0)" } ?? ""))
      }
    }.run(jobs: settings.jobs)
  }

  private static func points(_ settings: Settings) throws -> [PostgresPoint] {
    let ground = try FleetGround()
    let run = try FleetRun(
      PostgresPoint.plan(.dedupe, seed: 1), on: FleetDatabase(on: ground.server), before: ground.simulator)
    try run.fleet.start()
    let trace = try BackendTrace.count(ground.server, calls)
    try run.play()
    let most = try trace.most(calls)
    let all = calls.flatMap { call in (1...max(1, most[call] ?? 0)).map { (call, $0) } }
    let count = settings.cases ?? 300
    return (0..<count).map { index in
      let (call, number) = all[(index * 7) % all.count]
      let variant = Variant.allCases[index % 3]
      let seed = settings.seed &+ UInt64(index)
      // Two of three where a backend makes a call, the others at any time.
      guard index % 3 == 2 else { return PostgresPoint(variant, .backend, call, number, pause: 0, seed: seed) }
      var random = SeededRandom(seed)
      let kind = PostgresPoint.Kind.allCases[index / 3 % PostgresPoint.Kind.allCases.count]
      return PostgresPoint(
        Variant.allCases[index / 3 % 3], kind, nil, Int(random.next() % 250),
        pause: [0, 700, 2500, 11_500][Int(random.next() % 4)],
        seed: seed)
    }
  }
}
