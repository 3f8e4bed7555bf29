import Glibc
import JSON
import Oracle
import TestKit

/// One gateway, very many commands: does it grow, or get slower?
///
/// What it remembers is bounded by `keep`. At the half all that there is is made a day older: from then on as much is
/// forgotten as comes, and everything should stay as it is. Telnyx ignores no duplicates, so none can hide.
enum LongCampaign: Campaign {
  static let name = "long"
  static let floor: Floor? = nil

  private static let callers = 25
  /// Each so-many-th command is repeated at once.
  private static let repeated = 100

  static func run(_ settings: Settings, _ tally: Tally) throws {
    let total = settings.cases ?? 1_000_000
    let part = min(10_000, max(total / 10 / callers, 1) * callers)
    let parts = max(total / part, 1)
    let simulator = try SimulatorProcess()
    try simulator.prepare(.once)
    var gateway = try GatewayProcess(before: simulator) { options in
      options.audit = "sinks: [{file: {path: audit.jsonl, rotate_at: 16MiB, keep: 10000}}]"
      options.ledgerLines = ["keep: {commands: 10m, audit: 10m}"]
    }
    var clients = try (0..<callers).map { _ in CallerConnection(try gateway.connect()) }
    var stretches: [Stretch] = []
    for number in 0..<parts {
      if number == parts / 2, number > 0 {
        gateway = try older(gateway)
        clients = try (0..<callers).map { _ in CallerConnection(try gateway.connect()) }
      }
      let first = number * part
      let (gateway, clients) = (gateway, clients)
      stretches.append(
        try Stretch(of: part, to: first + part, gateway) {
          // Their threads end with each part; the connections stay.
          _ = try concurrently(callers, within: .seconds(600)) { caller in
            try create(clients[caller], from: first + caller * part / callers, part / callers)
          }
        })
      try check(simulator, first..<(first + part))
      tally.finishCase(part)
      if number == 0 || number == parts - 1 || (number + 1) % max(parts / 10, 1) == 0 { tell(stretches[number]) }
    }
    guard gateway.terminate() == 0 else { throw Failure("ended badly: \(gateway.process.standardError)") }
    try check(gateway, commands: part * parts, tally)
    judge(stretches, tally)
  }

  /// The same ledger with another process, as it would be a day later.
  private static func older(_ gateway: GatewayProcess) throws -> GatewayProcess {
    guard gateway.terminate() == 0 else { throw Failure("ended badly: \(gateway.process.standardError)") }
    try gateway.age(by: 86_400)
    return try gateway.restarted()
  }

  private static func create(_ client: CallerConnection, from first: Int, _ count: Int) throws {
    for number in first..<(first + count) {
      let reply = try client.create("l-\(number)")
      guard number % repeated == 0 else { continue }
      guard try client.create("l-\(number)").body == reply.body else {
        throw Failure("l-\(number) was answered in two ways")
      }
    }
  }

  /// Each was executed once; then the simulator forgets them, so that it doesn't grow either.
  private static func check(_ simulator: SimulatorProcess, _ numbers: Range<Int>) throws {
    let executed = try simulator.executed().map { $0["command_id"]?.string ?? "" }
    let expected = Set(numbers.map { "l-\($0)" })
    guard executed.count == expected.count, Set(executed) == expected else {
      throw Failure(
        "of \(expected.count) commands \(executed.count) were executed, \(Set(executed).count) different ones")
    }
    _ = try simulator.call("DELETE", "/simulator/journal")
  }

  /// All of it is on the record, and the ledger goes on from there.
  private static func check(_ gateway: GatewayProcess, commands: Int, _ tally: Tally) throws {
    let files = try SinkFiles(path: gateway.scratch.path("audit.jsonl"))
    let replays = (commands + repeated - 1) / repeated
    guard files.forwarded.count == commands, files.decisions["replayed"] == replays else {
      throw Failure("of \(commands) commands and \(replays) repeats the record has \(files.decisions)")
    }
    tally.count("records, their chain intact", Int(files.seq))
    let kept = try LedgerContents(path: gateway.scratch.path("ledger.db")).records
    guard let last = kept.last, last.seq == files.seq, last.hash == files.hash else {
      throw Failure("the ledger's last record is not the sink's")
    }
    tally.count("records still in the ledger", kept.count)
  }

  /// Growth behind the half, when everything has been kept for as long as it will be.
  private static func judge(_ stretches: [Stretch], _ tally: Tally) {
    guard let last = stretches.last?.footprint, stretches.count > 2 else { return }
    let firstHalf = stretches[...(stretches.count / 2)]
    let half = stretches[stretches.count / 2].footprint
    // There may be one connection to Telnyx for each caller, or fewer.
    if let before = half.descriptors, let after = last.descriptors, after > before + callers {
      tally.violation("descriptors leak: \(before), then \(after)")
    }
    // It takes some thousand commands until every buffer has its size.
    if firstHalf.contains(where: { $0.end >= 10_000 }), last.anonymous > half.anonymous * 5 / 4 + 4096 {
      tally.violation("memory grows: \(half.anonymous) KiB anonymous, then \(last.anonymous)")
    }
    judgeTime(stretches, tally)
    if firstHalf.contains(where: { $0.end >= 10_000 }), last.ledger > half.ledger * 3 / 2 {
      tally.violation("the ledger grows: \(half.ledger >> 10) KiB, then \(last.ledger >> 10)")
    }
  }

  /// The tenth at the end beside the tenth at the start, of each the stretch in the middle: what else runs on the machine
  /// must not decide. A single stretch may hit a checkpoint of SQLite's or a rotation; if pruning held up admissions, many
  /// of the later ones would take long.
  private static func judgeTime(_ stretches: [Stretch], _ tally: Tally) {
    let tenth = stretches.count / 10
    guard tenth > 0, stretches[0].end >= 10_000 else { return }
    for (what, time) in [("CPU", \Stretch.cpu), ("wall", \Stretch.wall)] {
      let (start, end) = (median(stretches.prefix(tenth), time), median(stretches.suffix(tenth), time))
      print("  a command at the end took \(Int(100 * end / max(start, 1))) % of the \(what) time of one at the start")
      if end > 2 * start { tally.violation("a command took \(Int(start)) us \(what), then \(Int(end))") }
    }
  }

  private static func median(_ stretches: some Sequence<Stretch>, _ time: KeyPath<Stretch, Double>) -> Double {
    let times = stretches.map { $0[keyPath: time] }.sorted()
    return times[times.count / 2]
  }

  private static func tell(_ stretch: Stretch) {
    print("  \(stretch)")
    fflush(nil)
  }
}
