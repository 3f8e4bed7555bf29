import Foundation
import JSON
import Oracle
import Synchronization
import TestKit

/// One case of a fleet: callers who go from one gateway to the next with the same ids until each has its final answer, while something
/// befalls gateways, network or database.
final class FleetRun: Sendable {
  let fleet: Fleet
  let plan: FleetPlan
  let history = History()
  /// How long a caller goes on asking.
  private let patience: Duration
  private let isOver = Gate()

  init(
    _ plan: FleetPlan, on database: FleetDatabase, before simulator: SimulatorProcess,
    ports: ((Int) throws -> [UInt16])? = nil,
    wrappers: [Int: [[String]]] = [:], _ change: (Int, inout GatewayProcess.Options) -> Void = { _, _ in }
  ) throws {
    self.plan = plan
    patience = .seconds(100) + plan.setBack
    try simulator.prepare(plan.variant)
    for fault in plan.faults { try simulator.queue(faults: fault) }
    fleet = try Fleet(
      plan.gateways, on: database, before: simulator, ports: ports ?? { _ in [database.server.port] },
      wrappers: wrappers
    ) { number, options in
      options.upstreamLines = plan.upstreamLines
      // It would start itself anew, and what is counted would begin in the wrong process.
      options.environment["SWIFT_BACKTRACE"] = "enable=no"
      change(number, &options)
    }
  }

  /// Everything that callers do, with what befalls the fleet meanwhile, then an end in good order.
  ///
  /// - Parameter disturb: runs beside the callers; it returns when its trouble is over.
  func play(_ disturb: @escaping @Sendable (FleetRun) throws -> Void = { _ in }) throws {
    try fleet.start()
    let trouble = Background { [self] in try disturb(self) }
    try ask(plan.ids)
    isOver.open()
    try trouble.value(within: .seconds(600))
    try finish()
  }

  /// Each caller asks for its ids, in order.
  func ask(_ ids: [[String]]) throws {
    _ = try concurrently(ids.count, within: .seconds(600)) { [self] caller in
      for id in ids[caller] { try settle(id, from: caller) }
    }
  }

  /// 200s so far.
  var answers: Int { history.answers }

  /// Whether all callers have what they asked for.
  var isAnswered: Bool { isOver.isOpen }

  /// Whatever trouble there was is over: each gateway tells the same of all that was asked for anywhere.
  private func finish() throws {
    try fleet.start()
    let ids = plan.allIDs
    _ = try concurrently(plan.gateways, within: .seconds(600)) { [self] number in
      for (index, id) in ids.enumerated() where plan.gateways < 3 || (index + number) % 3 == 0 {
        try settle(id, from: number, staying: true)
        let reply = try persist(id, from: number, staying: true) { try? $0.call("GET", "/v2/operations/\(id)") }
        let state = try reply.json()["data"]?["state"]?.string
        guard state == "done" else { throw Failure("\(id) is \(state ?? "forgotten") at the end") }
      }
    }
    try fleet.end()
    // What was delayed on its way may be executed only now.
    try fleet.simulator.waitUntilDisconnected()
  }

  /// Repeats until there is a 200, since all these commands are good ones, at one gateway after the other.
  func settle(_ id: String, from first: Int, staying: Bool = false) throws {
    history.note(id) { $0.begun += 1 }
    defer { history.note(id) { $0.ended += 1 } }
    let reply = try persist(id, from: first, staying: staying) { gateway in
      let reply = try? gateway.create(GatewayProcess.command(id, name: "name-\(id)"))
      note(reply, of: id)
      if reply == nil || reply?.status == 504 {
        if plan.variant == .once { try wait { try fleet.database.passWindow(id) } }
      }
      if reply?.status == 503 { try unsent(id) }
      // Who is told that nobody knows yet asks again a little later.
      if reply?.status == 504 || reply?.status == 409 { usleep(100_000) }
      return reply?.status == 504 || reply?.status == 409 ? nil : reply
    }
    guard reply.status == 200 else { throw Failure("\(id) was answered \(reply.status): \(reply.text)") }
    history.note(id) { $0.answers.append(reply.body) }
  }

  /// Of a create; what is final is noted by who waits for that.
  func note(_ reply: WireReply?, of id: String) {
    // Long after its deadline the gateway doesn't wait for the ledger, which puts on the record what it has found.
    let isEarly = reply.map { $0.status >= 500 && $0.text.contains(" in time") } ?? false
    history.note(id) { seen in
      if reply == nil { seen.lost += 1 }
      if isEarly { seen.early += 1 }
      if reply == nil || reply?.status == 504 { seen.unknown += 1 }
      if reply?.status == 504, !isEarly { seen.unsettled += 1 }
    }
  }

  /// A 503 says that nothing was sent. Where others ask for the same id, too, nobody can tell whose it was.
  private func unsent(_ id: String) throws {
    let before = history[id]
    history.note(id) { $0.unsent += 1 }
    guard before.unknown == 0, before.answers.isEmpty, before.begun == before.ended + 1, !plan.isShared(id) else {
      return
    }
    if try fleet.simulator.executed().contains(where: { $0["command_id"]?.string == id }) {
      throw Failure("\(id) was answered 503 and yet executed")
    }
  }

  /// Tries until there is an answer that isn't a 503.
  ///
  /// - Parameter staying: at this gateway; else each try is another one's.
  private func persist(
    _ id: String, from first: Int, staying: Bool, _ attempt: (GatewayProcess) throws -> WireReply?
  ) throws -> WireReply {
    let end = ContinuousClock.now + patience
    var (number, told): (Int, [String: Int]) = (first, [:])
    repeat {
      let replica = fleet.replicas[number % plan.gateways]
      if !staying { number += 1 }
      guard let gateway = try plan.restarts || isAnswered ? replica.current() : replica.running else {
        usleep(2000)
        continue
      }
      let reply = try attempt(gateway)
      if let reply, reply.status != 503 { return reply }
      told[reply.map { "\($0.status)" } ?? "nothing final", default: 0] += 1
      usleep(reply == nil ? 2000 : 20_000)
    } while ContinuousClock.now < end
    throw Failure("\(id) has no final answer after \(patience): \(told)")
  }
}
