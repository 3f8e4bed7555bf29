import Foundation
import JSON
import TestKit
import Testing

@Suite("The log", .timeLimit(.minutes(30)))
struct LogTests {
  /// A gateway whose standard error, or output, is a pipe that is full and that nobody reads until the test does.
  private struct Stuck {
    let process: ChildProcess
    let scratch: Scratch
    let socket: String
    let admin: String
    /// Where the pipe can be read.
    let pipe: String
    let simulator: SimulatorProcess

    /// - Parameter redirection: of a shell, behind which the pipe's name follows.
    init(_ redirection: String) throws {
      simulator = try SimulatorProcess()
      scratch = try Scratch()
      pipe = scratch.path("pipe")
      guard mkfifo(pipe, 0o600) == 0 else { throw Failure("no pipe") }
      var options = GatewayProcess.Options(upstream: simulator.httpURL)
      socket = "unix:\(scratch.path("s"))"
      options.server = ["listen: [\"\(socket)\"]", "drain: {timeout: 3s}"]
      options.admin = true
      admin = "unix:\(scratch.path("a"))"
      options.adminListen = "\"\(admin)\""
      options.arguments = ["--log-level", "trace"]
      // The shell holds both ends open, so that it may write to it, and fills it.
      options.wrapper = [
        "/bin/sh", "-c",
        "exec 9<>\(pipe); head -c 65536 /dev/zero | tr '\\0' '\\n' >&9; exec \"$0\" \"$@\" \(redirection) \(pipe) 9>&-",
      ]
      let reader = open(pipe, O_RDONLY | O_NONBLOCK)
      guard reader >= 0 else { throw Failure("no reader") }
      process = try GatewayProcess.start(options, in: scratch)
      self.reader = reader
      // The last listener that is opened.
      let admin = admin
      let process = process
      try wait { !process.isRunning || (try? WireClient(address: admin)) != nil }
    }

    private let reader: Int32

    /// What is in the pipe now.
    func readSome() -> String {
      var block = [UInt8](repeating: 0, count: 65_536)
      return String(decoding: block[..<max(0, read(reader, &block, block.count))], as: UTF8.self)
    }

    /// All that comes out of it until the process has ended.
    func drain() -> String {
      var text = ""
      while process.isRunning { text += readSome() }
      while case let more = readSome(), !more.isEmpty { text += more }
      return text
    }

    func droppedLines() throws -> Int {
      let client = try WireClient(address: admin)
      try client.send(WireClient.request("GET", "/metrics", "", key: nil))
      let row = try client.readReply().text.split(separator: "\n").first { $0.hasPrefix("convene_log_dropped_total ") }
      return try unwrap(row.flatMap { Int($0.split(separator: " ")[1]) }, "no such metric")
    }

    func create(_ id: String) throws -> Int {
      let client = try WireClient(address: socket)
      try client.send(
        WireClient.request(
          "POST", "/v2/conferences", GatewayProcess.command(id, name: id), key: GatewayProcess.key))
      return try client.readReply().status
    }
  }

  @Test("that nobody reads holds up neither requests nor the end")
  func fullStandardError() throws {
    let stuck = try Stuck("2>")
    for number in 1...50 { #expect(try stuck.create("c-\(number)") == 200) }
    // Each is a line.
    for _ in 1...20 { stuck.process.signal(SIGHUP) }
    #expect(try stuck.create("later") == 200)
    stuck.process.signal(SIGTERM)
    #expect(stuck.process.waitForExit(within: .seconds(20)) == 0)
  }

  @Test("has what was said last, also where the process ends by itself")
  func lastWords() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    try FileManager.default.removeItem(atPath: gateway.scratch.path("ledger.db"))
    let client = try gateway.connect()
    try client.send(
      WireClient.request("POST", "/v2/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    #expect(gateway.process.waitForExit() == 1)
    #expect(gateway.process.standardError.contains("removed, renamed or replaced"))
    #expect((client.readToEnd() ?? []).isEmpty)
    #expect(try simulator.executed().isEmpty)
  }

  @Test("counts what it drops and says so when it is read again")
  func dropped() throws {
    let stuck = try Stuck("2>")
    // What waits for its reader is bounded, so some line finds no room.
    while try stuck.droppedLines() == 0 {
      for _ in 1...500 {
        stuck.process.signal(SIGHUP)
        usleep(100)
      }
    }
    #expect(try stuck.create("meanwhile") == 200)
    let count = try stuck.droppedLines()
    var text = ""
    try wait {
      text += stuck.readSome()
      return text.contains("log lines were dropped")
    }
    let said = ChildProcess.jsonLines(text).first { $0["message"]?.string?.contains("log lines were dropped") == true }
    #expect(said?["count"]?.integer == Int64(count) && said?["level"]?.string == "warning")
    stuck.process.signal(SIGTERM)
    text = stuck.drain()
    #expect(text.contains("stopped"), "what came later is there")
    #expect(stuck.process.waitForExit() == 0)
  }

  @Test("and the audit on standard output, which nobody reads, end when they are told to")
  func fullStandardOutput() throws {
    let stuck = try Stuck(">")
    for number in 1...50 { #expect(try stuck.create("c-\(number)") == 200) }
    stuck.process.signal(SIGTERM)
    #expect(stuck.process.waitForExit(within: .seconds(20)) == 0)
    // Whoever reads it later gets all of it.
    let next = try GatewayProcess(Self.options(stuck))
    let seqs = try next.audit(50).compactMap { $0["seq"]?.integer }
    #expect(Set(2...52).isSuperset(of: seqs) && seqs.count == 50)
  }

  private static func options(_ stuck: Stuck) -> GatewayProcess.Options {
    var options = GatewayProcess.Options(upstream: stuck.simulator.httpURL)
    options.scratch = stuck.scratch
    options.simulator = stuck.simulator
    return options
  }
}
