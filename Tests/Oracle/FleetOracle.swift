package import JSON
package import TestKit

/// Whether a fleet has kept its promises in one case: compares what callers saw, what Telnyx executed, what the database says, and what
/// the gateways streamed. It asks nobody, so that a test can show it histories that are made up.
package struct FleetOracle {
  private let plan: FleetPlan
  private let history: History
  private let contents: FleetContents
  private let executed: [String: [JSONValue]]
  private let received: Int64
  private let causes: Int
  private let kills: Int
  private let streams: [String: [String]]
  /// With the writer whose chain has it.
  private var records: [(writer: Int64, json: JSONValue)] = []
  /// Records of floods name no command: how many answers they tell of, by status.
  private var unnamed: [Int64: Int] = [:]

  /// - Parameters:
  ///   - journal: the simulator's.
  ///   - streams: by replica, what its processes wrote to their standard output, in their order.
  ///   - causes: how often something befell the fleet by which what is under way becomes unknown.
  ///   - kills: how many gateways ended without a chance to write down what they had said.
  package init(
    _ plan: FleetPlan, _ history: History, _ contents: FleetContents, journal: JSONValue, streams: [String: [String]],
    causes: Int, kills: Int
  ) {
    (self.plan, self.history, self.contents, self.streams) = (plan, history, contents, streams)
    (self.causes, self.kills) = (causes, kills)
    executed = Dictionary(grouping: journal["executed"]?.array ?? []) { $0["command_id"]?.string ?? "" }
    received = journal["creates_received"]?.integer ?? 0
  }

  /// - Returns: what was checked, and how much of it.
  /// - Throws: the first promise that was broken.
  package mutating func check() throws -> [(what: String, count: Int)] {
    try FleetChains.check(contents, streams)
    records = try contents.writers.flatMap { writer in
      try writer.records.map { (writer.id, try JSONValue.parse($0.text)) }
    }
    let folded = records.map(\.json).filter { $0["command_id"] == nil }
    for status: Int64 in [200, 503, 504] { unnamed[status] = RecordCount.told(folded, status) }
    if let left = contents.states.first(where: { $0.value != 2 }) {
      throw Failure("\(left.key) is left in state \(left.value)")
    }
    try checkTakings()
    let ids = plan.allIDs
    guard executed.keys.allSatisfy({ ids.contains($0) }) else { throw Failure("executed: \(executed.keys)") }
    var again = 0
    for id in ids {
      let (executed, records) = (executed[id] ?? [], of(id).map(\.json))
      try checkAnswers(of: id, executed)
      try checkSends(of: id, executed.count, records)
      try checkTold(of: id, records)
      again += max(0, executed.count - 1)
    }
    let sends = sends(records.map(\.json))
    guard sends >= received else { throw Failure("Telnyx was sent \(received) creates, and the audit has \(sends)") }
    let most = plan.variant == .forgetful ? causes * plan.callers + plan.faults.count : 0
    guard again <= most else { throw Failure("\(again) creates were executed again, and at most \(most) had a cause") }
    return [
      ("commands, each with one answer at every gateway", ids.count),
      ("commands taken over from a replica that had gone", contents.takings.count),
      ("creates executed again within Telnyx's minute, which the simulator was told to forget", again),
      ("tries of callers without an outcome", ids.reduce(0) { $0 + history[$1].unknown }),
      ("503 answers", ids.reduce(0) { $0 + history[$1].unsent }),
    ]
  }

  private func of(_ id: String) -> [(writer: Int64, json: JSONValue)] {
    records.filter { $0.json["command_id"]?.string == id }
  }

  /// Nothing is taken from who lives, and what was being sent is put on the record by who takes it.
  private func checkTakings() throws {
    if let taking = contents.takings.first(where: \.wasHeld) {
      throw Failure(
        "\(taking.commandID) was taken from writer \(taking.loser), who was alive, by writer \(taking.winner)")
    }
    let sent = contents.takings.filter(\.wasSending)
    for (key, takings) in Dictionary(grouping: sent, by: { [$0.commandID, "\($0.winner)"] }) {
      let told = Self.taken(of(key[0]).filter { "\($0.writer)" == key[1] }.map(\.json))
      guard told.count >= takings.count else {
        throw Failure("\(key[0]) was taken by writer \(key[1]) \(takings.count) times, and its chain has \(told.count)")
      }
    }
  }

  private func checkAnswers(of id: String, _ executed: [JSONValue]) throws {
    let seen = history[id]
    guard Set(seen.answers).count == 1, let answer = seen.answers.first else {
      throw Failure("\(id) was answered in \(Set(seen.answers).count) ways: \(Self.show(seen.answers))")
    }
    guard !executed.isEmpty else { throw Failure("\(id) was answered 200 and never executed") }
    let conference = try JSONValue.parse(answer)["data"]?["id"]?.string
    guard executed.contains(where: { $0["id"]?.string == conference }) else {
      throw Failure("\(id) was answered with a conference that it did not make")
    }
    guard contents.conferences[id] == conference else {
      throw Failure(
        "\(id) was answered with another conference than the ledger has: \(contents.conferences[id] ?? "none")")
    }
    guard executed.count > 1 else { return }
    let times = executed.compactMap { $0["attempt_time_ms"]?.integer }
    guard plan.variant == .forgetful else {
      throw Failure("\(id) was executed \(executed.count) times, at \(times) ms")
    }
    guard let first = times.min(), let last = times.max(), last - first <= 55_000 else {
      throw Failure("\(id) was executed again after the window, at \(times) ms")
    }
  }

  /// Every create is on the record, with the conference that it made; of who was killed it is only known that it may have sent as often
  /// as it may.
  private func checkSends(of id: String, _ executed: Int, _ records: [JSONValue]) throws {
    let sends = sends(records)
    guard sends >= executed else {
      throw Failure("\(id) was executed \(executed) times, and the audit has \(sends): \(RecordCount.text(records))")
    }
    let outcome = records.filter { $0["outcome"]?.string == "executed" && $0["conference"]?["id"]?.string != nil }
    guard outcome.contains(where: { $0["conference"]?["id"]?.string == contents.conferences[id] }) else {
      throw Failure("\(id) made a conference of which the audit has nothing: \(RecordCount.text(records))")
    }
  }

  private func sends(_ records: [JSONValue]) -> Int64 {
    RecordCount.all("forwarded", records).compactMap { $0["upstream"]?["attempts"]?.integer }.reduce(0, +)
      + Int64(Self.taken(records).count * plan.variant.attempts)
  }

  /// Those of who was gone while it was sending; not those of a look-up.
  private static func taken(_ records: [JSONValue]) -> [JSONValue] {
    RecordCount.all("recovered", records).filter { $0["outcome"]?.string == "unknown" }
  }

  /// What callers heard is what the record says that they were told, and the other way round.
  private mutating func checkTold(of id: String, _ records: [JSONValue]) throws {
    let seen = history[id]
    let answered = RecordCount.all("forwarded", records) + RecordCount.all("replayed", records)
    for (status, heard) in [(200, seen.answers.count), (504, seen.unsettled)] as [(Int64, Int)] {
      let told = RecordCount.told(answered, status)
      guard told < heard else { continue }
      guard heard - told <= unnamed[status] ?? 0 else {
        throw Failure(
          "\(id) was answered \(status) \(heard) times, and the audit has \(told): \(RecordCount.text(records))")
      }
      unnamed[status]? -= heard - told
    }
    // A reply may be lost on its way, or be replaced by a refusal that has a record of its own.
    let refused = RecordCount.told(records, 503) + (unnamed[503] ?? 0) + (kills > 0 ? seen.unsent : 0)
    let told = RecordCount.told(answered)
    guard told <= seen.answers.count + seen.lost + seen.early + refused else {
      throw Failure(
        "\(id) was answered 200 \(seen.answers.count) times, of \(seen.lost) tries nothing was heard, and the audit has \(told): "
          + RecordCount.text(records))
    }
  }

  private static func show(_ answers: [[UInt8]]) -> [String] {
    Set(answers).map { String(decoding: $0, as: UTF8.self) }
  }
}
