import Foundation
import JSON
import Oracle
import TestKit

/// What the cases of one thread run on, one after the other.
struct FleetGround: Sendable {
  let simulator: SimulatorProcess
  let server: PostgresServer

  init() throws {
    simulator = try SimulatorProcess()
    server = try PostgresServer()
  }
}

extension FleetRun {
  /// Plays and checks; what the gateways said is kept where that finds something.
  ///
  /// - Parameters:
  ///   - name: the case's.
  ///   - causes: as `check` has it, once all is over.
  func run(
    _ name: String, _ settings: Settings, _ tally: Tally, causes: () -> Int,
    _ disturb: @escaping @Sendable (FleetRun) throws -> Void = { _ in }
  ) throws {
    do {
      try play(disturb)
      try check(tally, causes: causes())
      try checkEnds(tally)
      if settings.only != nil { keep(name, settings, "no violation") }
    } catch {
      keep(name, settings, error)
      throw error
    }
  }

  /// A gateway may say that it can't start: whoever runs it starts it again. It may not give up what it serves.
  func checkEnds(_ tally: Tally) throws {
    for (number, replica) in fleet.replicas.enumerated() {
      for end in replica.ends where end.status != 0 && end.status != -SIGKILL {
        let said = ChildProcess.jsonLines(end.standardError).contains { $0["level"]?.string == "critical" }
        guard !end.wasReady, end.status == 1, said else {
          throw Failure("\(Fleet.name(number)) ended with \(end.status): \(end.standardError)")
        }
        tally.count("gateways that did not start without the database, and said why")
      }
    }
  }

  /// Writes down what is known.
  func keep(_ name: String, _ settings: Settings, _ error: Any) {
    guard let logs = settings.logs else { return }
    let folder = URL(fileURLWithPath: logs).appendingPathComponent(
      name.map { $0.isLetter || $0.isNumber ? "\($0)" : "-" }.joined())
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    func write(_ text: String, _ file: String) {
      try? text.write(to: folder.appendingPathComponent(file), atomically: true, encoding: .utf8)
    }
    write("\(error)\n", "violation")
    write((try? fleet.simulator.journal()).map { RecordCount.text([$0]) } ?? "", "journal.json")
    write(fleet.database.server.log, "postgres.log")
    write((try? fleet.database.dump()) ?? "", "database")
    for (number, replica) in fleet.replicas.enumerated() {
      replica.running.map { _ in replica.kill() }
      for (process, end) in replica.ends.enumerated() {
        let text = "ended with \(end.status), asked \(end.wasAsked)\n\(end.standardError)"
        write(text, "\(Fleet.name(number)).\(process).log")
        write(end.standardOutput, "\(Fleet.name(number)).\(process).jsonl")
      }
    }
  }
}
