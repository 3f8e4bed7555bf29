import EventLoop
import Foundation
import Gateway
import LedgerPostgres
import TestKit
import Testing

/// Who is spoken to, and what happens where nobody answers.
@Suite struct ReachingTests {
  let server: PostgresServer

  init() throws { server = try PostgresServer.shared.get() }

  @Test func whoeverNeverAnswersIsGivenUpAtTheDeadline() throws {
    let hole = try LoopbackListener()
    let settings = server.networkSettings { $0.hosts = [.init("127.0.0.1", port: hole.port)] }
    #expect(kind { try PostgresConnection(settings, by: .now + .milliseconds(300)) } == .timeout)
  }

  @Test func aHostThatIsDeadOrSilentIsPassedOver() throws {
    let hole = try LoopbackListener()
    let hosts: [PostgresSettings.Host] = [
      .init("127.0.0.1", port: 1), .init("127.0.0.1", port: hole.port), .init("no-such-name.invalid"),
      .init("127.0.0.1", port: server.port),
    ]
    let connection = try PostgresConnection(
      server.networkSettings { $0.hosts = hosts }, by: .now + .seconds(12))
    #expect(try connection.run("SELECT 1", by: patience).integer(0, 0) == 1)
  }

  @Test func aServerThatOnlyReadsIsPassedOver() throws {
    let reading = try PostgresServer { $0.settings["default_transaction_read_only"] = "on" }
    let both: [PostgresSettings.Host] = [
      .init("127.0.0.1", port: reading.port), .init("127.0.0.1", port: server.port),
    ]
    let connection = try PostgresConnection(server.networkSettings { $0.hosts = both }, by: patience)
    #expect(try connection.run("SHOW port", by: patience).text(0, 0) == "\(server.port)")
    #expect(kind { try PostgresConnection(reading.networkSettings(), by: patience) } == .unreachable)
    _ = try PostgresConnection(reading.networkSettings { $0.needsWriting = false }, by: patience)
  }

  @Test func nobodyThereIsUnreachable() {
    let settings = server.networkSettings { $0.hosts = [.init("127.0.0.1", port: 1)] }
    #expect(kind { try PostgresConnection(settings, by: patience) } == .unreachable)
  }

  @Test func aServerThatIsStoppedOrKilledLeavesTheOutcomeUnknown() throws {
    for signal in [SIGINT, SIGQUIT, SIGKILL] {
      let server = try PostgresServer()
      let connection = try server.connect()
      let process = connection.serverProcess
      let ending = Background {
        try wait { try server.run("SELECT wait_event FROM pg_stat_activity WHERE pid = \(process)") == "PgSleep" }
        try server.stop(signal)
      }
      let error = failure { try connection.run([.sql("SELECT 1"), .sql("SELECT pg_sleep(60)")], by: patience) }
      #expect(error?.kind == .outcomeUnknown, "\(signal)")
      try ending.value()
      #expect(kind { try server.connect() } == .unreachable, "\(signal)")
    }
  }

  @Test func aServerIsThereAgainAfterItsRestart() throws {
    let server = try PostgresServer()
    try server.run("CREATE TABLE t AS SELECT 5 AS a")
    try server.stop(SIGQUIT)
    try server.start()
    #expect(try server.connect().run("SELECT a FROM t", by: patience).integer(0, 0) == 5)
  }

  @Test func theServerEndsWithItsOwner() throws {
    var server: PostgresServer? = try PostgresServer()
    let (process, folder) = (try #require(try server?.identifier), try #require(server?.socketFolder))
    server = nil
    try wait { kill(process, 0) != 0 }
    #expect(!FileManager.default.fileExists(atPath: folder))
  }

  @Test func theServerEndsWithAProcessThatIsKilled() async throws {
    let scratch = try Scratch()
    let path = scratch.path("found")
    setenv("CONVENE_TEST_PATH", path, 1)
    await #expect(processExitsWith: .signal(SIGKILL)) {
      let server = try PostgresServer()
      let path = try unwrap(ProcessInfo.processInfo.environment["CONVENE_TEST_PATH"], "no path")
      try "\(try server.identifier) \(server.socketFolder)".write(toFile: path, atomically: true, encoding: .utf8)
      kill(getpid(), SIGKILL)
    }
    let words = try String(contentsOfFile: path, encoding: .utf8).split(separator: " ")
    let process = try #require(Int32(words[0]))
    try wait { kill(process, 0) != 0 && !FileManager.default.fileExists(atPath: String(words[1])) }
  }
}
