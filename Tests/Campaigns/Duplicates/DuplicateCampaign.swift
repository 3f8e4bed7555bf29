import JSON
import Oracle
import TestKit

/// The same ids from many callers at the same time: whoever is first has its body executed, once, and all the others are
/// told the same or refused.
enum DuplicateCampaign: Campaign {
  static let name = "duplicates"
  static let floor: Floor? = Floor(name: duplicates, count: 10_000)
  private static let duplicates = "concurrent duplicates"

  private struct Answer: Sendable {
    let id: Int
    let name: String
    let reply: WireReply
  }

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let cases =
      try settings.only.map { [try DuplicateCase(parsing: $0)] }
      ?? (0..<(settings.cases ?? 12)).map { DuplicateCase($0, seed: settings.seed) }
    // One at a time: its callers are many already.
    CaseQueue(cases, tally) { try run($0, $1, tally) }.run(jobs: 1)
  }

  private static func run(_ one: DuplicateCase, _ simulator: SimulatorProcess, _ tally: Tally) throws {
    try simulator.prepare(one.variant)
    _ = try simulator.call("PUT", "/simulator/faults", "\"delay=\(one.delay)\"")
    let faults = one.faults.map { "\"\($0)\"" }.joined(separator: ",")
    guard try simulator.call("POST", "/simulator/faults", "[\(faults)]").status / 100 == 2 else {
      throw Failure("the simulator refused the faults")
    }
    let gateway = try GatewayProcess(before: simulator) { options in
      options.server = ["workers: \(one.workers)"]
      options.upstreamLines = ["attempts: \(one.attempts)"]
    }
    let answers = try concurrently(DuplicateCase.callers, within: .seconds(600)) { try call(gateway, one, caller: $0) }
      .flatMap { $0 }
    let replies = Dictionary(grouping: answers) { $0.id }
    guard gateway.terminate() == 0 else { throw Failure("ended badly: \(gateway.process.standardError)") }
    let contents = try LedgerContents(path: gateway.scratch.path("ledger.db"))
    try ChainCheck.check(contents.records)
    try ChainCheck.check([gateway.process.standardOutput], of: "stdout", against: contents.records, isComplete: true)
    let executed = Dictionary(grouping: try simulator.executed()) { $0["command_id"]?.string ?? "" }
    var again = 0
    for id in 0..<DuplicateCase.ids {
      let executed = executed["id-\(id)"] ?? []
      try check(replies[id] ?? [], executed)
      again += executed.count - 1
    }
    guard again <= (one.variant == .forgetful ? one.lost : 0) else {
      throw Failure("\(again) creates were executed again, \(one.lost) replies were lost")
    }
    tally.count("creates executed again: the gateway's own resend after a lost reply", again)
    try check(contents.records.map { try JSONValue.parse($0.text) }, answers)
    tally.count(duplicates, answers.count - DuplicateCase.ids)
    tally.count("of them with another body, refused", answers.count { $0.reply.status == 422 })
  }

  /// All callers go through the ids in the same order, so that they meet.
  private static func call(_ gateway: GatewayProcess, _ one: DuplicateCase, caller: Int) throws -> [Answer] {
    let client = try gateway.connect()
    return try (0..<DuplicateCase.ids).map { id in
      let name = one.isOther(id, from: caller) ? "other-\(id)" : "name-\(id)"
      let body = GatewayProcess.command("id-\(id)", name: name)
      try client.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
      return Answer(id: id, name: name, reply: try client.readReply())
    }
  }

  private static func check(_ answers: [Answer], _ executed: [JSONValue]) throws {
    let conferences = Set(executed.map { $0["id"]?.string })
    guard let name = executed.first?["name"]?.string, executed.allSatisfy({ $0["name"]?.string == name }) else {
      throw Failure("executed with \(Set(executed.map { $0["name"]?.string }).count) bodies")
    }
    var bodies: Set<[UInt8]> = []
    for answer in answers {
      let (status, code) = (answer.reply.status, answer.reply.code)
      guard answer.name == name ? status == 200 : (status == 422 && code == "10027") else {
        throw Failure("\(answer.name), where \(name) was executed, was answered \(status) \(code ?? "")")
      }
      if status == 200 { bodies.insert(answer.reply.body) }
    }
    let told = Set(answers.lazy.filter { $0.reply.status == 200 }.map(\.reply.conferenceID))
    guard bodies.count == 1, told.isSubset(of: conferences) else {
      throw Failure("\(name) was answered in \(bodies.count) ways")
    }
  }

  /// One record for each answer; those of a flood are counted together.
  private static func check(_ records: [JSONValue], _ answers: [Answer]) throws {
    func number(_ decision: String) -> Int {
      records.filter { $0["decision"]?.string == decision }.reduce(0) { $0 + Int($1["count"]?.integer ?? 1) }
    }
    let found = [number("forwarded"), number("replayed"), number("conflict")]
    let told = answers.count { $0.reply.status == 200 }
    let expected = [DuplicateCase.ids, told - DuplicateCase.ids, answers.count - told]
    guard found == expected else { throw Failure("the audit has \(found) records, not \(expected)") }
  }
}
