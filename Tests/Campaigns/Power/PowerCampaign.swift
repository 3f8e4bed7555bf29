import Foundation
import JSON
import TestKit

/// The power goes, which a kill can't show: what the kernel holds is lost with it.
///
/// Real gateways are recorded, with every write, truncation and sync of their ledger's files. Then those files are made as
/// they may be when the power is back: everything that was synced, and of what was done since nothing, all of it, or any
/// subset of whole sectors. A gateway is started on them, and callers repeat their commands.
enum PowerCampaign: Campaign {
  static let name = "power"
  static let floor: Floor? = Floor(name: reached, count: 1000)
  private static let reached = "states of the disk"
  private static let full = 1500

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let recordings = try record(settings)
    let points =
      try settings.only.map { [try unwrap(PowerPoint($0), "no state: \($0)")] } ?? points(of: recordings, settings)
    CaseQueue(points, tally) { point, simulator in
      let recording = try unwrap(
        recordings.indices.contains(point.recording) ? recordings[point.recording] : nil, "no such recording")
      let one = try PowerCase(recording, point)
      do {
        try one.run(simulator, tally)
      } catch {
        throw Failure("\(recording.setting.name), files kept in \(one.keepFiles()): \(error)")
      }
      tally.count(reached)
      tally.count("\(reached): \(recording.setting.name)")
    }.run(jobs: settings.jobs)
  }

  private static func record(_ settings: Settings) throws -> [PowerRecording] {
    let simulator = try SimulatorProcess()
    return try PowerSetting.all.map { try PowerRecording($0, Int(settings.seed) - 1, simulator) }
  }

  /// Of each recording every moment with nothing, with everything and with parts left; where fewer are asked for, evenly
  /// spread ones of all these, as many of each recording.
  private static func points(of recordings: [PowerRecording], _ settings: Settings) -> [PowerPoint] {
    let remains: [PowerPoint.Remains] = [.nothing, .everything, .some(0), .some(1), .some(2)]
    return recordings.enumerated().flatMap { index, recording in
      let all = recording.moments.flatMap { moment in
        remains.map { PowerPoint(recording: index, moment: moment, $0) }
      }
      let count = min((settings.cases ?? full) / recordings.count, all.count)
      return (0..<count).map { all[$0 * all.count / count] }
    }
  }
}
