import Oracle
import TestKit

/// The way to the database breaks at any byte, or nothing passes for a time.
enum PartitionCampaign: Campaign {
  static let name = "partition"
  static let floor: Floor? = Floor(name: met, count: 450)
  private static let met = "troubles met"

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let cases = try settings.only.map { [try PartitionCase(parsing: $0)] } ?? cases(settings)
    CaseQueue(cases, tally, on: { try FleetGround() }) { one, ground in
      let proxies = try (0..<one.plan.gateways).map { _ in
        try CuttingProxy(target: ground.server.port, hole: .milliseconds(one.milliseconds))
      }
      for proxy in proxies { proxy.delay(by: UInt32(one.delay)) }
      for trouble in one.troubles { proxies[trouble.gateway].arm(trouble.trouble) }
      let run = try FleetRun(
        one.plan, on: FleetDatabase(on: ground.server), before: ground.simulator, ports: { [proxies[$0].port] })
      let happened = { proxies.flatMap(\.met) }
      let befell = Gate()
      let causes = { happened().count + (befell.isOpen ? one.plan.gateways : 0) }
      try run.run(one.description, settings, tally, causes: causes) { run in
        guard let everyone = one.everyone else { return }
        try? wait { run.isAnswered || run.answers >= everyone.answers }
        if run.isAnswered { return }
        befell.open()
        for proxy in proxies {
          if everyone.kind != .reset { proxy.hold(everyone.ways, for: .milliseconds(one.milliseconds)) }
          if [.reset, .outage].contains(everyone.kind) { proxy.reset() }
        }
      }
      if befell.isOpen, let everyone = one.everyone {
        tally.count(met)
        tally.count("all gateways at once: \(everyone.kind.rawValue)")
      }
      if one.delay > 0 { tally.count("cases in which all came \(one.delay) ms later each way") }
      for trouble in happened() { tally.count("\(trouble.kind.rawValue) in a \(trouble.way.rawValue)") }
      tally.count(met, happened().count)
      if happened().isEmpty, !befell.isOpen { tally.count("points that were not reached") }
    }.run(jobs: settings.jobs)
  }

  private static func cases(_ settings: Settings) throws -> [PartitionCase] {
    let count = settings.cases ?? 400
    let lengths = try measure()
    return (0..<count).map { PartitionCase($0, of: count, seed: settings.seed, lengths: lengths) }
  }

  /// The bytes between one gateway and the database in a case.
  private static func measure() throws -> [Trouble.Way: Int] {
    let ground = try FleetGround()
    let proxy = try CuttingProxy(target: ground.server.port)
    let run = try FleetRun(
      FleetPlan(.dedupe, gateways: PartitionCase.gateways, seed: 1), on: FleetDatabase(on: ground.server),
      before: ground.simulator, ports: { [$0 == 0 ? proxy.port : ground.server.port] })
    try run.play()
    return Dictionary(uniqueKeysWithValues: Trouble.Way.allCases.map { ($0, proxy.passed($0)) })
  }
}
