import Foundation
import TestKit

/// Changes one byte of an exported audit file, or cuts its end off, and looks whether `convene audit verify` says so.
enum TamperCampaign: Campaign {
  static let name = "tamper"
  static let floor: Floor? = nil

  private static let records = 10_000
  /// Cases of a full run.
  private static let full = 4000

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let export = try SignedExport(records: records)
    guard export.records > records else { throw Failure("only \(export.records) records were exported") }
    let (code, said) = try export.verify(export.file)
    guard code == 0 else { throw Failure("the file as it was exported: \(code), \(said)") }
    tally.count("records in the file, of \(export.bytes.count) bytes", export.records)
    let cases =
      try settings.only.map { [try unwrap(Tampering($0), "no such case: \($0)")] } ?? cases(of: export, settings)
    CaseQueue(cases, tally) { one, _ in
      let file = export.scratch.path(one.description)
      defer { try? FileManager.default.removeItem(atPath: file) }
      try Data(one.applied(to: export.bytes)).write(to: URL(fileURLWithPath: file))
      let (code, _) = try export.verify(file)
      guard (3...7).contains(code) else { throw Failure("was not found: \(code)") }
      tally.count("\(one.kind), exit code \(code)")
    }.run(jobs: settings.jobs)
  }

  /// Every byte of the first and the last line, five hundred line borders, and random places between; of a part run, so
  /// many of all these.
  private static func cases(of export: SignedExport, _ settings: Settings) -> [Tampering] {
    let bytes = export.bytes
    var random = SeededRandom(settings.seed)
    let first = 0...(bytes.firstIndex(of: UInt8(ascii: "\n")) ?? 0)
    let last = (bytes.dropLast().lastIndex(of: UInt8(ascii: "\n")) ?? 0)..<bytes.count
    let edges = (Array(first) + Array(last)).map { Tampering.flip(offset: $0, bit: Int(random.next() % 8)) }
    let borders = bytes.indices.filter { bytes[$0] == UInt8(ascii: "\n") }.dropLast()
    let cuts = stride(from: borders.startIndex, to: borders.endIndex, by: max(1, borders.count / 500))
      .map { Tampering.cut(length: borders[$0] + 1) }
    let others = (0..<max(full - edges.count - cuts.count, 0)).map { number in
      let offset = Int.random(in: 1..<bytes.count, using: &random)
      return number % 5 == 0 ? Tampering.cut(length: offset) : .flip(offset: offset, bit: Int(random.next() % 8))
    }
    // The few of a part run are from everywhere.
    let all = (edges + cuts + others).shuffled(using: &random)
    return settings.cases.map { Array(all.prefix($0)) } ?? all
  }
}
