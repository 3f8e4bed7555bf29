import Foundation
import JSON
import Oracle
import Synchronization
import TestKit

extension CaseRun {
  /// Compares what callers saw, what Telnyx executed and what the ledger says.
  func check(_ tally: Tally) throws {
    let contents = try LedgerContents(path: gateways.scratch.path("ledger.db"))
    try ChainCheck.check(contents.records)
    let ends = gateways.ends
    // One that was killed before it was ready may have streamed lines that went down with its standard output.
    try ChainCheck.check(ends.map(\.standardOutput), of: "stdout", against: contents.records, isComplete: true)
    if let left = contents.states.first(where: { $0.value != 2 }) {
      throw Failure("\(left.key) is left in state \(left.value)")
    }
    let records = try contents.records.map { try JSONValue.parse($0.text) }
    try checkRefusals(records, tally)
    try checkSetting(contents.records)
    let executed = Dictionary(grouping: try simulator.executed()) { $0["command_id"]?.string ?? "" }
    guard executed.keys.allSatisfy({ scenario.ids.contains($0) }) else { throw Failure("executed: \(executed.keys)") }
    let unknown = scenario.ids.count { history[$0].unknown > 0 }
    // Of a flood of replays one record may tell without naming a command.
    var unnamed = RecordCount.told(RecordCount.all("replayed", records).filter { $0["command_id"] == nil })
    var ownResends = 0
    for id in scenario.ids {
      let records = records.filter { $0["command_id"]?.string == id }
      ownResends += try check(id, executed[id] ?? [], records, &unnamed, tally)
    }
    tally.count("commands of unknown outcome, with attempts: 1", variant == .once ? unknown : 0)
    guard ownResends <= (variant == .forgetful ? scenario.faults : 0) else {
      throw Failure("\(ownResends) creates were executed again without a cause")
    }
    tally.count("creates executed again: the gateway's own resend after a lost reply", ownResends)
  }

  /// Each that was answered is on the record, by itself or counted; of those that were not, it may be.
  private func checkRefusals(_ records: [JSONValue], _ tally: Tally) throws {
    let (asked, answered) = history.refusals.withLock { $0 }
    let told = RecordCount.all("refused", records).filter { $0["status"]?.integer == 422 }
      .reduce(0) { $0 + Int($1["count"]?.integer ?? 1) }
    guard (answered...asked).contains(told) else {
      throw Failure("of \(asked) refusals \(answered) were answered, and the audit has \(told)")
    }
    tally.count("refusals of floods, answered and on the record", answered)
  }

  private func checkSetting(_ records: [LedgerContents.Record]) throws {
    switch setting {
    case .plain, .workers, .flood: break
    case .signed:
      let verify = try ChildProcess(
        "convene", ["audit", "verify", "--config", gateways.scratch.path("gateway.yaml")],
        environment: ["SIGNING_KEY": KillSetting.key])
      guard verify.waitForExit() == 0, verify.standardOutput.contains("signed with") else {
        throw Failure("verify: \(verify.standardOutput)\(verify.standardError)")
      }
    case .file:
      // One stream over all gateways: nothing is missing, and nothing stands there twice.
      let stream = try String(contentsOfFile: gateways.scratch.path(KillSetting.fileName), encoding: .utf8)
      try ChainCheck.check([stream], of: "file", against: records, isComplete: true)
    }
  }

  /// - Returns: executions beyond those that an unknown outcome explains to the caller.
  private func check(
    _ id: String, _ executed: [JSONValue], _ records: [JSONValue], _ unnamed: inout Int, _ tally: Tally
  ) throws -> Int {
    let seen = history[id]
    guard Set(seen.answers).count == 1, let answer = seen.answers.first else {
      throw Failure("\(id) was answered in \(Set(seen.answers).count) ways")
    }
    guard !executed.isEmpty else { throw Failure("\(id) was answered 200 and never executed") }
    let conference = try JSONValue.parse(answer)["data"]?["id"]?.string
    guard executed.contains(where: { $0["id"]?.string == conference }) else {
      throw Failure("\(id) was answered with a conference that it did not make")
    }
    try checkRecords(of: id, records, executed: executed.count, answers: seen.answers.count, &unnamed, tally)
    let again = executed.count - 1
    guard again > 0 else { return 0 }
    guard variant == .forgetful else { throw Failure("\(id) was executed \(executed.count) times") }
    let times = executed.compactMap { $0["attempt_time_ms"]?.integer }
    guard let first = times.min(), let last = times.max(), last - first <= 45_000 else {
      throw Failure("\(id) was executed again after the window")
    }
    let explained = min(again, seen.unknown)
    tally.count("creates executed again: a caller's repeat after an unknown outcome", explained)
    return again - explained
  }

  private func checkRecords(
    of id: String, _ records: [JSONValue], executed: Int, answers: Int, _ unnamed: inout Int, _ tally: Tally
  ) throws {
    let (forwarded, recovered) = (RecordCount.all("forwarded", records), RecordCount.all("recovered", records))
    let sends =
      forwarded.compactMap { $0["upstream"]?["attempts"]?.integer }.reduce(0, +)
      + Int64(recovered.count * variant.attempts)
    guard sends >= executed else { throw Failure("\(id) was executed \(executed) times, and the audit has \(sends)") }
    let told = RecordCount.told(forwarded + RecordCount.all("replayed", records))
    guard told < answers else { return }
    if answers - told <= unnamed {
      unnamed -= answers - told
      return
    }
    guard gateways.ends.contains(where: \.mayHaveLostRecords) else {
      throw Failure("\(id) was answered \(answers) times, and the audit has \(told)")
    }
    tally.count("records of replays, lost with a gateway that could not write", answers - told)
  }
}
