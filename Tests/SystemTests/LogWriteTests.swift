import Foundation
import TestKit
import Testing

@Suite(
  "The ledger's log", .timeLimit(.minutes(30)),
  .enabled("needs strace") { FileManager.default.isExecutableFile(atPath: "/usr/bin/strace") })
struct LogWriteTests {
  @Test("is written in one call a commit, which is synced before the next")
  func gathered() throws {
    let simulator = try SimulatorProcess()
    let scratch = try Scratch()
    let trace = scratch.path("trace")
    var options = GatewayProcess.Options(upstream: simulator.httpURL)
    options.wrapper = [
      "/usr/bin/strace", "-D", "-f", "-y", "-qq", "-o", trace, "-e", "trace=pwrite64,fdatasync",
    ]
    let gateway = try GatewayProcess(options)
    for number in 1...20 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    #expect(gateway.terminate() == 0)
    // "THREAD CALL(DESCRIPTOR<PATH>, ..."
    let calls = try String(contentsOfFile: trace, encoding: .utf8).split(separator: "\n")
      .filter { $0.contains("/ledger.db-wal>") }
      .map { $0.contains("pwrite64(") ? "write" : "sync" }
    #expect(calls.count { $0 == "write" } >= 2 * 20)
    #expect(!zip(calls, calls.dropFirst()).contains { $0 == ("write", "write") }, "\(calls)")
  }
}
