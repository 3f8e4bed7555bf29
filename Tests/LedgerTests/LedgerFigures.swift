import Audit
import EventLoop
import Gateway
import Glibc
import Ledger
import LedgerSQLite
import Testing

/// What a command costs the ledger's thread. Printed, never asserted:
/// `LEDGER_FIGURES=1 swift test -c release --filter LedgerFigures`
@Suite("LedgerFigures", .enabled(if: getenv("LEDGER_FIGURES") != nil), .serialized)
struct LedgerFigures {
  @Test("admit and settle, by batch size", arguments: [1, 8, 32, 128], [false, true])
  func cost(batch: Int, hasSink: Bool) throws {
    let scene = try Scene()
    let sinks: [AuditSettings.Sink] =
      hasSink ? [.file(path: scene.directory.file("audit.jsonl"), rotateAt: 1 << 30, keep: 1)] : []
    let ledger = try scene.open(sinks, options: { $0.clock = .system })
    let mailbox = Mailbox()
    let limits = [
      LimitCharge(
        rule: LimitRule(name: "account", per: .organization, allow: 1_000_000, every: .seconds(1), burst: 1_000_000),
        key: "organization/account"),
      LimitCharge(
        rule: LimitRule(name: "burst", per: .caller, allow: 1_000_000, every: .seconds(1), burst: 1_000_000),
        key: "caller/support/dialer/burst"),
    ]
    let body = String(repeating: "x", count: 400)
    let rounds = max(2000 / batch, 50)
    var before = Usage()
    for round in -20..<rounds {
      if round == 0 { before = Usage() }
      let ids = (0..<batch).map { "\(round)-\($0)-5f0c7c1e-2f7e-4c8e" }
      for request in [{ admission($0, body: body, limits: limits) }, { settlement($0) }] as [(String) -> LedgerRequest]
      {
        var last: ExchangeID?
        let requests = ids.map(request)
        for request in requests { last = ledger.post(request, mailbox) }
        if let last { _ = try mailbox.answer(last) }
      }
    }
    let commands = Double(rounds * batch)
    let usage = Usage()
    print(
      "batch \(batch)\(hasSink ? ", file sink" : ""): \((usage.other - before.other) / commands) us CPU, "
        + "\((usage.wall - before.wall) / commands) us wall a command")
  }

  @Test("admit and settle, as commands grow in number")
  func many() throws {
    let count = getenv("LEDGER_FIGURES_COMMANDS").flatMap { Int(String(cString: $0)) } ?? 0
    guard count > 0 else { return }
    let scene = try Scene()
    let ledger = try scene.open(options: { $0.clock = .system })
    let slice = count / 10
    for part in 0..<10 {
      let mailbox = Mailbox()
      let before = Usage()
      for start in stride(from: 0, to: slice, by: 100) {
        let ids = (start..<(start + 100)).map { "\(($0 * 2_654_435_761) % 4_294_967_291)-\(part)-5f0c7c1e-2f7e-4c8e" }
        for id in ids { _ = ledger.post(admission(id), mailbox) }
        var last = ExchangeID(number: 0)
        for id in ids { last = ledger.post(settlement(id), mailbox) }
        _ = try mailbox.answer(last)
      }
      let usage = Usage()
      print(
        "commands \(part * slice)...: \((usage.other - before.other) / Double(slice)) us CPU, "
          + "\((usage.wall - before.wall) / Double(slice)) us wall a command")
    }
  }
}

/// Microseconds.
private struct Usage {
  /// CPU time of all threads but this one.
  let other: Double
  let wall: Double

  init() {
    func read(_ clock: clockid_t) -> Double {
      var time = timespec()
      clock_gettime(clock, &time)
      return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }
    other = read(CLOCK_PROCESS_CPUTIME_ID) - read(CLOCK_THREAD_CPUTIME_ID)
    wall = read(CLOCK_MONOTONIC)
  }
}
