import Oracle
import TestKit

/// The way to Telnyx breaks, at any byte of request and reply.
enum NetworkCampaign: Campaign {
  static let name = "network"
  static let floor: Floor? = Floor(name: cuts, count: 200)
  private static let cuts = "connections cut"

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let cases = try settings.only.map { [try NetworkCase(parsing: $0)] } ?? cases(settings)
    CaseQueue(cases, tally) { one, simulator in
      let proxy = try proxy(to: simulator)
      let lines = ["connect_timeout: 1s", "attempt_timeout: 1s", "deadline: 5s"]
      let run = try CaseRun(one.scenario, one.variant, simulator, upstream: (proxy.url, lines)) {
        try proxy.arm(Trouble(parsing: $0))
      }
      try run.play()
      try run.check(tally)
      guard run.gateways.ends.allSatisfy({ $0.status == 0 || $0.wasAsked }) else {
        throw Failure("the gateway ended by itself")
      }
      let met = proxy.met
      for trouble in met { tally.count("\(trouble.kind.rawValue) in a \(trouble.way.rawValue)") }
      tally.count(cuts, met.count { Trouble.cuts.contains($0.kind) })
    }.run(jobs: settings.jobs)
  }

  private static func cases(_ settings: Settings) throws -> [NetworkCase] {
    let count = settings.cases ?? 100
    let lengths = try measure()
    return (0..<count).map { NetworkCase($0, of: count, seed: settings.seed, lengths: lengths) }
  }

  /// The bytes of a create's request and reply.
  private static func measure() throws -> [Trouble.Way: Int] {
    let simulator = try SimulatorProcess()
    let proxy = try proxy(to: simulator)
    let run = try CaseRun(
      Scenario(steps: [.create("n-0", fault: nil)], ids: ["n-0"]), .dedupe, simulator, upstream: (proxy.url, []))
    try run.play()
    return Dictionary(uniqueKeysWithValues: Trouble.Way.allCases.map { ($0, proxy.passed($0)) })
  }

  private static func proxy(to simulator: SimulatorProcess) throws -> CuttingProxy {
    let port = simulator.addresses["http"]?.split(separator: ":").last.flatMap { UInt16($0) }
    return try CuttingProxy(target: unwrap(port, "the simulator has no port"))
  }
}
