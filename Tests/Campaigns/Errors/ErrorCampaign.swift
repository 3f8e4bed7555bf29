import Foundation
import Glibc
import JSON
import Oracle
import TestKit

/// Lets the n-th write or sync of the ledger fail, once or from then on: a full disk, a broken device.
enum ErrorCampaign: Campaign {
  static let name = "errors"

  static let floor: Floor? = Floor(name: reached, count: 500)
  private static let reached = "error points reached"

  private static let calls = ["pwrite64", "fdatasync", "ftruncate"]

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let points = try settings.only.map { [try unwrap(ErrorPoint($0), "no error point: \($0)")] } ?? points(settings)
    CaseQueue(points, tally) { point, simulator in
      let scratch = try Scratch()
      let trace = scratch.path("trace")
      let wrapper = Strace.fail(
        with: point.error, at: point.number, of: point.call, persists: point.persists, output: trace)
      let run = try CaseRun(Scenario(point.scenario), .dedupe, wrappers: [wrapper], patience: 4, simulator)
      try run.play()
      try run.check(tally)
      for end in run.gateways.ends { try judge(end, tally) }
      let failures = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
        .filter { $0.contains("(INJECTED)") }
      if let fatal = failures.first(where: point.isFatal), !run.gateways.ends.contains(where: { $0.status == 1 }) {
        throw Failure("went on after \(fatal)")
      }
      tally.count(failures.isEmpty ? "points that were not reached" : reached)
      tally.count("503 answers, none of them executed", run.scenario.ids.reduce(0) { $0 + run.history[$1].unsent })
    }.run(jobs: settings.jobs)
  }

  /// One that ended by itself has said why.
  private static func judge(_ end: Gateways.End, _ tally: Tally) throws {
    if end.status == -SIGKILL { tally.count("gateways killed while they could not write") }
    guard end.status != 0, end.status != -SIGKILL else { return }
    let said = ChildProcess.jsonLines(end.standardError).contains { line in
      line["level"]?.string == "critical" || (!end.wasReady && line["level"]?.string == "error")
    }
    guard end.status == 1, said else {
      throw Failure("ended with \(end.status) and said only: \(end.standardError)")
    }
    tally.count(end.wasReady ? "gateways that ended and said why" : "gateways that did not start and said why")
  }

  private static func points(_ settings: Settings) throws -> [ErrorPoint] {
    let most = try Strace.measure(calls, .dedupe, .plain, SimulatorProcess())
    let all = calls.flatMap { call in (1...max(1, most[call] ?? 0)).map { (call, $0) } }
    let count = settings.cases ?? 700
    return (0..<count).map { index in
      let (round, place) =
        count < all.count ? (index, index * all.count / count) : (index / all.count, index % all.count)
      let (call, number) = all[place]
      return ErrorPoint(
        scenario: round + Int(settings.seed) - 1, call, number, (round + place) % 2 == 0 ? "ENOSPC" : "EIO",
        persists: (round / 2 + place / 2) % 2 == 0)
    }
  }
}
