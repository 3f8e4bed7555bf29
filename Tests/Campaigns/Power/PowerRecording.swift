import Foundation
import JSON
import Oracle
import TestKit

/// What the gateways of one scenario did, in order, as strace saw it on the unmodified binary.
///
/// A write, a truncation and a send count from when they began, since they may have had their effect from then on; a sync,
/// and an answer that was sent, from when they had ended.
struct PowerRecording: Sendable {
  let setting: PowerSetting
  let scenario: Scenario
  private(set) var events: [PowerEvent] = []
  /// Rows of the simulator's journal.
  let executed: [JSONValue]
  /// When the first create was sent, and the last thing was done.
  let time: ClosedRange<ContinuousClock.Instant>

  private static let calls =
    "openat,pwrite64,write,ftruncate,fdatasync,fsync,unlink,unlinkat,rename,renameat,sendto,sendmsg"

  /// Two gateways, one after the other: the second one recovers what the first one left, and answers from it.
  init(_ setting: PowerSetting, _ number: Int, _ simulator: SimulatorProcess) throws {
    self.setting = setting
    scenario = setting.scenario(number)
    let scratch = try Scratch()
    let traces = ["first", "second"].map(scratch.path)
    let start = ContinuousClock.now
    let run = try CaseRun(
      scenario, .dedupe, setting: setting.gateway,
      wrappers: traces.map { Strace.record(Self.calls, output: $0) }, simulator)
    try run.play()
    time = start...ContinuousClock.now
    executed = try simulator.executed()
    let directory = URL(fileURLWithPath: run.gateways.scratch.path(".")).resolvingSymlinksInPath().path
    for trace in traces { try read(trace, directory: directory) }
    try compare(with: run.gateways.scratch)
  }

  private mutating func read(_ path: String, directory: String) throws {
    events.append(.started)
    var reader = TraceReader()
    var interpreter = TraceInterpreter(directory: directory)
    let text = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for line in text.split(separator: UInt8(ascii: "\n")) {
      guard let call = reader.read(line) else { continue }
      events += try interpreter.events(of: call)
    }
  }

  /// What was recorded must make the files that there are: otherwise something was missed.
  private func compare(with scratch: Scratch) throws {
    var disk = PowerDisk()
    for case .disk(let change) in events { disk.apply(change) }
    for (name, bytes) in disk.filesWithoutPowerCut() {
      guard let data = FileManager.default.contents(atPath: scratch.path(name)), data.elementsEqual(bytes) else {
        throw Failure("\(setting): the trace doesn't make the \(name) that there is")
      }
    }
    guard disk.filesWithoutPowerCut().contains(where: { $0.name == "ledger.db" }) else {
      throw Failure("\(setting): no ledger was recorded")
    }
  }
}
