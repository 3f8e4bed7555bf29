import JSON
import TestKit

extension FleetRun {
  /// Compares what callers saw, what Telnyx executed and what the database says.
  ///
  /// - Parameter causes: how often something befell the fleet by which what is under way becomes unknown.
  func check(_ tally: Tally, causes: Int) throws {
    let contents = try fleet.contents()
    try checkChains(contents)
    if let left = contents.states.first(where: { $0.value != 2 }) {
      throw Failure("\(left.key) is left in state \(left.value)")
    }
    if let taking = contents.takings.first(where: \.wasHeld) {
      throw Failure(
        "\(taking.commandID) was taken from writer \(taking.loser), who was alive, by writer \(taking.winner)")
    }
    tally.count("commands taken over from a replica that had gone", contents.takings.count)
    let records = try contents.writers.flatMap(\.records).map { try JSONValue.parse($0.text) }
    let executed = Dictionary(grouping: try fleet.simulator.executed()) { $0["command_id"]?.string ?? "" }
    let ids = plan.allIDs
    guard executed.keys.allSatisfy({ ids.contains($0) }) else { throw Failure("executed: \(executed.keys)") }
    var unnamed = RecordCount.told(RecordCount.all("replayed", records).filter { $0["command_id"] == nil })
    var again = 0
    for id in ids {
      let executed = executed[id] ?? []
      try checkAnswers(of: id, executed)
      try checkRecords(of: id, records.filter { $0["command_id"]?.string == id }, executed: executed.count, &unnamed)
      again += max(0, executed.count - 1)
    }
    let most = plan.variant == .forgetful ? causes * plan.callers + plan.faults.count : 0
    guard again <= most else { throw Failure("\(again) creates were executed again, and at most \(most) had a cause") }
    tally.count("commands, each with one answer at every gateway", ids.count)
    tally.count("creates executed again within Telnyx's minute, which the simulator was told to forget", again)
    tally.count("tries of callers without an outcome", ids.reduce(0) { $0 + history[$1].unknown })
    tally.count("503 answers", ids.reduce(0) { $0 + history[$1].unsent })
  }

  /// Each replica has one, from its first record to what its row says, and its processes streamed nothing else.
  func checkChains(_ contents: FleetContents, isComplete: Bool = true) throws {
    for writer in contents.writers {
      do {
        try ChainCheck.check(writer.records)
        guard let first = writer.records.first, let last = writer.records.last else {
          guard writer.seq == 0 else { throw Failure("no records, where there should be \(writer.seq)") }
          continue
        }
        let opening = try JSONValue.parse(first.text)
        guard opening["decision"]?.string == "chain", opening["replica"]?.string == writer.replica,
          opening["writer"]?.integer == writer.id
        else { throw Failure("begins with \(String(decoding: first.text, as: UTF8.self))") }
        guard last.seq == writer.seq, last.hash == writer.hash else {
          throw Failure("ends with \(last.seq), and its head is \(writer.seq)")
        }
        guard let number = fleet.replicas.indices.first(where: { Fleet.name($0) == writer.replica }) else {
          throw Failure("nobody's")
        }
        try ChainCheck.check(
          fleet.replicas[number].ends.map(\.standardOutput), of: "stdout", against: writer.records,
          isComplete: isComplete)
      } catch {
        throw Failure("the chain of \(writer.replica): \(error)")
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
    guard executed.count > 1 else { return }
    let times = executed.compactMap { $0["attempt_time_ms"]?.integer }
    guard plan.variant == .forgetful else {
      throw Failure("\(id) was executed \(executed.count) times, at \(times) ms")
    }
    guard let first = times.min(), let last = times.max(), last - first <= 55_000 else {
      throw Failure("\(id) was executed again after the window, at \(times) ms")
    }
  }

  private func checkRecords(of id: String, _ records: [JSONValue], executed: Int, _ unnamed: inout Int) throws {
    let (forwarded, recovered) = (RecordCount.all("forwarded", records), RecordCount.all("recovered", records))
    let sends =
      forwarded.compactMap { $0["upstream"]?["attempts"]?.integer }.reduce(0, +)
      + Int64(recovered.count * plan.variant.attempts)
    guard sends >= executed else {
      throw Failure("\(id) was executed \(executed) times, and the audit has \(sends): \(RecordCount.text(records))")
    }
    let told = RecordCount.told(forwarded + RecordCount.all("replayed", records))
    let answers = history[id].answers.count
    guard told < answers else { return }
    guard answers - told <= unnamed else {
      throw Failure("\(id) was answered \(answers) times, and the audit has \(told): \(RecordCount.text(records))")
    }
    unnamed -= answers - told
  }

  private static func show(_ answers: [[UInt8]]) -> [String] {
    Set(answers).map { String(decoding: $0, as: UTF8.self) }
  }
}
