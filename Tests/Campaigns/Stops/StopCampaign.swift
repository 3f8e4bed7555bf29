import JSON
import Oracle
import Synchronization
import TestKit

/// A rolling restart: two gateways, of which one after the other is stopped and started again under load. Callers go to one
/// that a load balancer would send them to, keep their connections, and leave where they are told to.
///
/// No request may be lost, refused or left unknown. Telnyx ignores no duplicates, so none can hide.
enum StopCampaign: Campaign {
  static let name = "stops"
  static let floor: Floor? = Floor(name: requests, count: 1000)
  private static let requests = "requests, each answered with its conference"

  private static let callers = 8
  /// Requests that are answered between two stops, at the least.
  private static let between = 100

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let simulator = try SimulatorProcess()
    try simulator.prepare(.once)
    // In the time that a stop is announced every caller gets an answer, with which it learns of it.
    let rollout = try Rollout {
      try GatewayProcess(before: simulator) { options in
        options.admin = true
        options.server = ["drain: {delay: 1s, timeout: 10s}"]
      }
    }
    let isOver = Gate()
    let answered = Atomic<Int>(0)
    let load = (0..<callers).map { caller in
      Background { try call(rollout, caller, answered, until: isOver) }
    }
    defer { isOver.open() }
    for number in 0..<(settings.cases ?? 20) {
      let enough = answered.load(ordering: .relaxed) + between
      try wait { answered.load(ordering: .relaxed) >= enough || load.contains(where: \.isFinished) }
      try rollout.restart(number % 2)
      tally.finishCase()
    }
    isOver.open()
    var ids: Set<String> = []
    for caller in load { ids.formUnion(try caller.value()) }
    tally.count(requests, ids.count)
    tally.count("connections that callers were told to leave", rollout.left)
    try check(ids, try simulator.executed(), try rollout.end())
  }

  /// - Returns: the ids that were answered.
  private static func call(
    _ rollout: Rollout, _ caller: Int, _ answered: borrowing Atomic<Int>, until isOver: Gate
  ) throws -> [String] {
    var ids: [String] = []
    var client: WireClient?
    while !isOver.isOpen {
      let id = "s-\(caller)-\(ids.count)"
      let current = try client ?? rollout.connect()
      let body = GatewayProcess.command(id, name: "name-\(id)")
      try current.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
      let reply = try current.readReply()
      guard reply.status == 200 else { throw Failure("\(id) was answered \(reply.status): \(reply.text)") }
      ids.append(id)
      answered.add(1, ordering: .relaxed)
      let isToLeave = reply.headers["connection"]?.lowercased() == "close"
      if isToLeave { rollout.noteLeft() }
      client = isToLeave ? nil : current
    }
    return ids
  }

  private static func check(_ ids: Set<String>, _ executed: [JSONValue], _ ends: [GatewayProcess]) throws {
    guard executed.count == ids.count, Set(executed.compactMap { $0["command_id"]?.string }) == ids else {
      throw Failure("of \(ids.count) commands that were answered \(executed.count) were executed")
    }
    var forwarded: Set<String> = []
    for gateway in ends {
      let contents = try LedgerContents(path: gateway.scratch.path("ledger.db"))
      try ChainCheck.check(contents.records)
      if let left = contents.states.first(where: { $0.value != 2 }) {
        throw Failure("\(left.key) is left in state \(left.value)")
      }
      let records = try contents.records.map { try JSONValue.parse($0.text) }
      forwarded.formUnion(
        records.filter { $0["decision"]?.string == "forwarded" }.compactMap { $0["command_id"]?.string })
    }
    guard forwarded == ids else { throw Failure("\(forwarded.count) of \(ids.count) commands are on the record") }
  }
}
