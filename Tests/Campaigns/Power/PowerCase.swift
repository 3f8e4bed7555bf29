import Foundation
import JSON
import Oracle
import TestKit

/// One state of the disk, and a gateway that begins with it.
struct PowerCase {
  private let recording: PowerRecording
  private let past: PowerPast
  private let files: [(name: String, bytes: [UInt8])]

  init(_ recording: PowerRecording, _ point: PowerPoint) throws {
    guard point.moment <= recording.events.count else { throw Failure("no such moment") }
    self.recording = recording
    let events = recording.events[..<point.moment]
    past = PowerPast(events)
    var disk = PowerDisk()
    for case .disk(let change) in events { disk.apply(change) }
    files = disk.files(after: point.onDisk) + Self.index(point)
  }

  /// The log's index is mapped into memory and never synced, so anything may be in it.
  private static func index(_ point: PowerPoint) -> [(name: String, bytes: [UInt8])] {
    guard case .some(let number) = point.remains else { return [] }
    var random = SeededRandom(UInt64(point.moment * 3 + number))
    return [("ledger.db-shm", (0..<(32 << 10)).map { _ in UInt8.random(in: 0...255, using: &random) })]
  }

  func run(_ simulator: SimulatorProcess, _ tally: Tally) throws {
    recording.waitOutWindow()
    if !past.isEmpty {
      // A copy: to read it is to recover it.
      let copy = try put(into: Scratch())
      try withExtendedLifetime(copy) { try past.check(ledger: copy.path("ledger.db")) }
    }
    let ids = recording.scenario.ids
    let run = try CaseRun(
      Scenario(steps: ids.map { .create($0, fault: nil) }, ids: ids), .dedupe, setting: recording.setting.gateway,
      simulator, past: (past, put(into: Scratch())))
    try simulator.restore(recording.executed.filter { past.sent.contains($0["command_id"]?.string ?? "") })
    try run.play()
    try run.check(tally)
    if let end = run.gateways.ends.first(where: { $0.wasAsked && $0.status != 0 }) {
      throw Failure("ended with \(end.status): \(end.standardError)")
    }
  }

  /// For whoever looks for the cause.
  ///
  /// - Returns: the directory.
  func keepFiles() -> String {
    let url = FileManager.default.temporaryDirectory.appendingPathComponent("convene-power-\(UUID().uuidString)")
    try? FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    for file in files { try? Data(file.bytes).write(to: url.appendingPathComponent(file.name)) }
    return url.path
  }

  private func put(into scratch: Scratch) throws -> Scratch {
    for file in files { try Data(file.bytes).write(to: scratch.url.appendingPathComponent(file.name)) }
    return scratch
  }
}

extension PowerRecording {
  /// In which callers' repeats are refused for a while: they come too late to be sent again, and too early for the look-up
  /// to prove anything.
  private static let window = (Duration.seconds(40), Duration.seconds(65))

  /// Returns at once before the window and after it.
  func waitOutWindow() {
    guard .now > time.lowerBound + Self.window.0 else { return }
    while .now < time.upperBound + Self.window.1 { usleep(100_000) }
  }

  /// How many events may have taken place when the power goes: any number; of very many, those about the times when
  /// the log is moved.
  var moments: [Int] {
    guard setting == .many else { return Array(0...events.count) }
    return events.indices.filter { index in
      events[max(index - 2, 0)...min(index + 2, events.count - 1)].contains { event in
        guard case .disk(let change) = event else { return false }
        return switch change {
        case .write("ledger.db", _, _), .truncate, .sync("ledger.db"), .remove, .write("ledger.db-wal", 0, _): true
        default: false
        }
      }
    }
  }
}
