import Foundation
import JSON
import TestKit
import Testing

@Suite(
  "A sync that fails", .timeLimit(.minutes(30)),
  .enabled("needs strace") { FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") })
struct FailedSyncTests {
  private enum Moment: Hashable { case ignored, starting, serving, stopping }

  private let simulator: SimulatorProcess

  init() throws { simulator = try SimulatorProcess() }

  /// Starts a gateway whose ledger's n-th sync fails, has one command executed, and ends it.
  ///
  /// - Returns: in which part of its life the failure came; nil = it had no n-th sync.
  private func fail(_ number: Int) throws -> Moment? {
    let scratch = try Scratch()
    let trace = scratch.path("trace")
    var options = GatewayProcess.Options(upstream: simulator.httpURL)
    // The ledger's thread alone syncs, and no position of a sink is noted at some time or other.
    options.audit = "sinks: []"
    options.wrapper = [
      "/usr/bin/strace", "-D", "-f", "-y", "-qq", "-o", trace, "-e", "trace=fdatasync", "-e",
      "inject=fdatasync:error=EIO:when=\(number)",
    ]
    options.scratch = scratch
    let process = try GatewayProcess.start(options, in: scratch)
    let gateway = try? GatewayProcess(options, scratch, process)
    let answer = try? gateway?.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
    if answer != nil { process.signal(SIGTERM) }
    let status = process.waitForExit()
    let failure = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
      .first { $0.contains("(INJECTED)") }
    // SQLite doesn't look whether a directory could be synced (os_unix.c, `unixSync`).
    guard let failure, failure.contains("ledger.db") else {
      #expect(status == 0 && answer?.status == 200)
      return failure.map { _ in .ignored }
    }
    let said = ChildProcess.jsonLines(process.standardError)
    let reasons = said.filter { $0["level"]?.string == "critical" }
    #expect(status == 1, "sync \(number): \(process.standardError)")
    #expect(!reasons.isEmpty && "\(reasons)".contains("I/O error"), "sync \(number): \(process.standardError)")
    #expect(!said.contains { $0["message"]?.string == "stopped" }, "sync \(number)")
    guard gateway != nil else { return .starting }
    #expect(FileManager.default.fileExists(atPath: scratch.path("ledger.db-wal")), "sync \(number): the log is kept")
    // The next start has everything that was answered.
    options.wrapper = []
    let next = try GatewayProcess(options)
    let again = try next.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
    #expect(again.status == 200)
    if let answer, answer.status == 200 { #expect(again.body == answer.body, "sync \(number)") }
    #expect(next.terminate() == 0)
    return answer == nil ? .serving : .stopping
  }

  @Test("ends the gateway with 1 and a reason, whenever it comes, also while it stops: the log is kept")
  func everywhere() throws {
    var moments: [Moment: Int] = [:]
    var number = 1
    while let moment = try fail(number) {
      moments[moment, default: 0] += 1
      number += 1
    }
    #expect((moments[.serving] ?? 0) > 0 && (moments[.stopping] ?? 0) > 1, "\(moments)")
  }
}
