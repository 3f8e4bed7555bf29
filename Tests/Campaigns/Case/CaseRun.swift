import Foundation
import JSON
import Oracle
import Synchronization
import TestKit

/// One case: a gateway that meets with trouble, is started again whenever it has ended, and callers who repeat their
/// commands until each has its final answer.
final class CaseRun: Sendable {
  let simulator: SimulatorProcess
  let variant: Variant
  let scenario: Scenario
  let history = History()
  let gateways: Gateways
  let setting: KillSetting
  private let arm: @Sendable (String) throws -> Void

  /// - Parameters:
  ///   - setting: how the gateway is configured.
  ///   - wrappers: commands that run the first gateways, one each.
  ///   - patience: after how many seconds a gateway that a wrapper runs is killed.
  ///   - upstream: where Telnyx is, if not at the simulator itself, and further lines about it.
  ///   - past: what earlier gateways did, and the directory with what is left of it.
  ///   - arm: makes ready for a step's fault; nil = the simulator meets with it.
  init(
    _ scenario: Scenario, _ variant: Variant, setting: KillSetting = .plain, wrappers: [[String]] = [],
    patience: Double? = nil, _ simulator: SimulatorProcess, upstream: (url: String, lines: [String])? = nil,
    past: (PowerPast, Scratch)? = nil, arm: (@Sendable (String) throws -> Void)? = nil
  ) throws {
    self.simulator = simulator
    self.variant = variant
    self.setting = setting
    self.scenario = scenario
    self.arm = arm ?? { try simulator.queue(faults: $0) }
    try simulator.prepare(variant)
    var options = GatewayProcess.Options(upstream: upstream?.url ?? simulator.httpURL)
    options.upstreamLines = ["attempts: \(variant.attempts)"] + (upstream?.lines ?? [])
    // It would start itself anew, and what is counted would begin in the wrong process.
    options.environment["SWIFT_BACKTRACE"] = "enable=no"
    setting.apply(to: &options)
    gateways = try Gateways(
      options, wrappers: wrappers, patience: patience, scratch: past?.1,
      ends: past?.0.streams.map { Gateways.End(cutOff: $0) } ?? [])
    if let (past, _) = past { history.note(past, asked: setting == .flood ? KillSetting.floodSize : 0) }
  }

  /// Everything that callers do, then an end in good order.
  func play() throws {
    for step in scenario.steps { try play(step) }
    try gateways.end()
    // Whatever trouble there was is over: all of it again, from what the disk remembers.
    for id in scenario.ids { try settle(id) }
    for id in scenario.ids {
      // A gateway may be killed here, too: the second wrapper's, where the first one's end was in good order.
      let reply = try persist { try? $0.call("GET", "/v2/operations/\(id)") }
      let state = try reply.json()["data"]?["state"]?.string
      guard state == "done" else { throw Failure("\(id) is \(state ?? "forgotten") at the end") }
    }
    try gateways.end()
    // One that was killed while it stopped may owe its sinks the last records. The next one gives them.
    for _ in 0..<5 where gateways.ends.last?.status == -SIGKILL {
      _ = try gateways.current()
      try gateways.end()
    }
    // What was delayed on its way may be executed only now.
    try simulator.waitUntilDisconnected()
  }

  private func play(_ step: Scenario.Step) throws {
    switch step {
    case .create(let id, let fault):
      if let fault { try arm(fault) }
      try settle(id)
    case .together(let ids): _ = try concurrently(ids.count, within: .seconds(600)) { [self] in try settle(ids[$0]) }
    case .flood(let count): try flood(count)
    case .other(let id):
      let reply = try persist { try? $0.create(GatewayProcess.command(id, name: "other")) }
      guard reply.status == 422, reply.code == "10027" else {
        throw Failure("another body for \(id) was answered \(reply.status) \(reply.code ?? "")")
      }
    }
  }

  /// A gateway may be killed in the middle; what it had answered until then is on the record.
  private func flood(_ count: Int) throws {
    guard let client = try? gateways.current().connect() else { return }
    let request = WireClient.request("POST", "/v2/conferences", "{}", key: GatewayProcess.key)
    history.refusals.withLock { $0.asked += count }
    guard (try? client.send(String(repeating: request, count: count))) != nil else { return }
    for _ in 0..<count {
      guard let reply = try? client.readReply() else { return }
      guard reply.status == 422 else { throw Failure("a request without anything was answered \(reply.status)") }
      history.refusals.withLock { $0.answered += 1 }
    }
  }

  /// As an SDK does and beyond: repeats until there is a 200, since all these commands are good ones.
  private func settle(_ id: String) throws {
    history.note(id) { $0.begun += 1 }
    defer { history.note(id) { $0.ended += 1 } }
    let reply = try persist { gateway in
      let reply = try? gateway.create(GatewayProcess.command(id, name: "name-\(id)"))
      if reply == nil || reply?.status == 504 {
        history.note(id) { $0.unknown += 1 }
        if variant == .once { try gateways.passWindow { try simulator.waitUntilDisconnected() } }
      }
      if reply?.status == 503 { try unsent(id) }
      return reply?.status == 504 || reply?.status == 409 ? nil : reply
    }
    guard reply.status == 200 else { throw Failure("\(id) was answered \(reply.status): \(reply.text)") }
    history.note(id) { $0.answers.append(reply.body) }
  }

  /// A 503 says that nothing was sent. Of two callers with the same id each speaks for itself only: the other one may have
  /// asked again meanwhile, and got it sent.
  private func unsent(_ id: String) throws {
    let before = history[id]
    history.note(id) { $0.unsent += 1 }
    guard before.unknown == 0, before.answers.isEmpty, before.begun == before.ended + 1 else { return }
    let isExecuted = try simulator.executed().contains { $0["command_id"]?.string == id }
    if isExecuted, history[id].begun == before.begun { throw Failure("\(id) was answered 503 and yet executed") }
  }

  /// Tries until there is an answer that isn't a 503, on whichever gateway is there.
  private func persist(_ attempt: (GatewayProcess) throws -> WireReply?) throws -> WireReply {
    var unavailable = 0
    for _ in 0..<200 {
      let gateway = try gateways.current()
      let reply = try attempt(gateway)
      if let reply, reply.status != 503 { return reply }
      if reply == nil {
        usleep(2000)
        continue
      }
      unavailable += 1
      usleep(20_000)
      // A disk that stays full is emptied, in the end: the next gateway has no trouble.
      if unavailable % 6 == 0 { gateways.kill(gateway) }
    }
    throw Failure("no final answer after 200 tries, of which \(unavailable) were answered 503")
  }
}
