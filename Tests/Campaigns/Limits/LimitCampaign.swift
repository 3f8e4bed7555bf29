import Foundation
import JSON
import Oracle
import Synchronization
import TestKit

/// 16 gateways, one limit of the organization: never is more admitted than its burst and its rate allow, whatever befalls them.
enum LimitCampaign: Campaign {
  static let name = "limits"
  static let floor: Floor? = Floor(name: admitted, count: 1000)
  private static let admitted = "creates admitted within the limit"

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let cases =
      try settings.only.map { [try LimitCase(parsing: $0)] } ?? (0..<(settings.cases ?? 8)).map { LimitCase($0) }
    CaseQueue(cases, tally, on: { try FleetGround() }) { try run($0, $1, settings, tally) }.run(jobs: 1)
  }

  private static func run(_ one: LimitCase, _ ground: FleetGround, _ settings: Settings, _ tally: Tally) throws {
    let plan = FleetPlan(.once, gateways: one.gateways, own: 0, seed: 1)
    let run = try FleetRun(
      plan, on: FleetDatabase(on: ground.server), before: ground.simulator, ports: { _ in [ground.server.port] }
    ) { _, options in
      options.limits = ["{name: account, per: organization, allow: \(one.rate), every: 1s, burst: \(one.burst)}"]
    }
    do {
      try run.fleet.start()
      let isOver = Gate()
      let callers = (0..<one.gateways).map { caller in Background { try call(run, caller, until: isOver) } }
      defer { isOver.open() }
      for second in 0..<one.seconds {
        usleep(1_000_000)
        if one.kills { run.fleet.replicas[second % one.gateways].kill() }
      }
      isOver.open()
      let answers = try callers.flatMap { try $0.value() }
      try run.fleet.end()
      let executed = Set(try ground.simulator.executed().compactMap { $0["command_id"]?.string })
      // Of those that nobody heard of, too.
      let created = answers.filter { executed.contains($0.id) }
      guard created.count == executed.count else {
        throw Failure("\(executed.count - created.count) creates that nobody asked for")
      }
      try LimitOracle(rate: one.rate, burst: one.burst)
        .check(created.map { LimitOracle.Create(begun: $0.begun, ended: $0.ended) })
      try run.checkChains(tally)
      guard let unwarranted = answers.first(where: { $0.status == 429 && executed.contains($0.id) }) else {
        return note(created, answers, one, tally)
      }
      throw Failure("\(unwarranted.id) was refused and yet executed")
    } catch {
      run.keep(one.description, settings, error)
      throw error
    }
  }

  private struct Answer: Sendable {
    let id: String
    let status: Int?
    let begun: ContinuousClock.Instant
    let ended: ContinuousClock.Instant
  }

  /// One request at a time, each with an id of its own.
  private static func call(_ run: FleetRun, _ caller: Int, until isOver: Gate) throws -> [Answer] {
    var answers: [Answer] = []
    var client: WireClient?
    while !isOver.isOpen {
      let id = "l-\(caller)-\(answers.count)"
      let begun = ContinuousClock.now
      var reply: WireReply?
      do {
        let current = try client ?? run.fleet.replicas[caller].current().connect()
        client = current
        let body = GatewayProcess.command(id, name: "name-\(id)")
        try current.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
        reply = try current.readReply()
      } catch {
        client = nil
      }
      answers.append(Answer(id: id, status: reply?.status, begun: begun, ended: .now))
    }
    return answers
  }

  private static func note(_ created: [Answer], _ answers: [Answer], _ one: LimitCase, _ tally: Tally) {
    tally.count(admitted, created.count)
    tally.count("requests refused with 429", answers.count { $0.status == 429 })
    // From the first request to the last answer, which is somewhat longer than was meant.
    let began = answers.map(\.begun).min() ?? .now
    let time = ((answers.map(\.ended).max() ?? began) - began) / .seconds(1)
    let most = Int((Double(one.burst) + Double(one.rate) * time).rounded(.up))
    print("  \(one): \(created.count) creates of \(most) that were allowed, of \(answers.count) requests")
  }
}
