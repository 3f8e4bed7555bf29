import Foundation
import JSON
import TestKit
import Testing

@Suite("Stopping", .timeLimit(.minutes(30)))
struct StopTests {
  /// What a client has seen of its commands.
  private struct Seen: Sendable {
    var answered: Set<String> = []
    /// Refused with certainty that nothing was sent.
    var refused: Set<String> = []
  }

  /// Creates one conference after the other on kept connections until the gateway is gone.
  private static func load(_ gateway: GatewayProcess, client: Int) -> Seen {
    var seen = Seen()
    var connection: WireClient?
    for number in 1...100_000 {
      let id = "c-\(client)-\(number)"
      do {
        let current = try connection ?? gateway.connect()
        connection = current
        try current.send(
          WireClient.request("POST", "/conferences", GatewayProcess.command(id, name: id), key: GatewayProcess.key))
        let reply = try current.readReply()
        if reply.status == 200 { seen.answered.insert(id) } else { seen.refused.insert(id) }
        if reply.headers["connection"]?.lowercased() == "close" { connection = nil }
      } catch {
        // The connection ended before a reply, or there is none to be had any more.
        guard gateway.process.isRunning, connection != nil else { return seen }
        connection = nil
      }
    }
    return seen
  }

  @Test("under load loses nothing: what Telnyx has executed was answered and is on the record", arguments: [1, 2])
  func underLoad(workers: Int) throws {
    let simulator = try SimulatorProcess(["--fault", "delay=5"])
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["workers: \(workers)"] }
    let clients = (0..<8).map { client in Background { Self.load(gateway, client: client) } }
    try wait { try simulator.received() >= 100 }
    #expect(gateway.terminate() == 0)
    var answered: Set<String> = []
    for client in clients { answered.formUnion(try client.value().answered) }
    let executed = Set(try simulator.executed().compactMap { $0["command_id"]?.string })
    #expect(executed.count >= 100)
    #expect(executed == answered)
    let records = ChildProcess.jsonLines(gateway.process.standardOutput).filter { $0["status"] != nil }.map {
      Record($0)
    }
    let forwarded = records.filter { $0.decision == "forwarded" }
    #expect(forwarded.count == executed.count)
    #expect(Set(forwarded.compactMap(\.commandID)) == executed)
    #expect(forwarded.allSatisfy { $0.status == 200 })
  }

  @Test("ends with the time that it has for what is under way, whoever has sent half of a request", arguments: [1, 2])
  func halfSent(workers: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = [
        "workers: \(workers)", "header_timeout: 600s", "body_timeout: 600s", "drain: {timeout: 100ms}",
      ]
    }
    let head = "POST /conferences HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(GatewayProcess.key)\r\n"
    let json = "Content-Type: application/json\r\n"
    var clients: [WireClient] = []
    for half in [
      "POST /conf", head, head + json + "Content-Length: 20\r\n\r\n{",
      head + json + "Content-Length: 20\r\nExpect: 100-continue\r\n\r\n",
      head + json + "Transfer-Encoding: chunked\r\n\r\n5\r\n{",
    ] {
      let client = try gateway.connect()
      try client.send(half)
      clients.append(client)
    }
    // What came before it has been read by now.
    for _ in 1...4 { #expect(try gateway.call("GET", "/operations/none").status == 404) }
    #expect(gateway.terminate() == 0)
    #expect(!gateway.process.standardError.contains(#""order":"exit""#), "\(gateway.process.standardError)")
    #expect(clients.count == 5)
  }

  @Test("waits for what is under way, but a second signal ends that: the command is unknown, its caller is told")
  func secondSignal() throws {
    let upstream = try ScriptedUpstream { number, _ in
      number == 1 ? .hang : .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { upstream.requests.count == 1 }
    gateway.process.signal(SIGTERM)
    try wait { (try? gateway.connect()) == nil }
    #expect(!reply.isFinished)
    gateway.process.signal(SIGTERM)
    Refused(504, "outcome_unknown", "10008").check(try reply.value())
    #expect(gateway.process.waitForExit() == 0)
    #expect(!gateway.process.standardError.contains("Telnyx can't be reached"), "it was not asked to the end")
    let restarted = try gateway.restarted()
    #expect(try restarted.state(of: "c-1") == "unknown")
    #expect(try restarted.create(GatewayProcess.command("c-1")).status == 200)
    #expect(Set(upstream.requests.map(\.body)).count == 1)
  }

  @Test("ends a wait between two sends, too")
  func whileBackingOff() throws {
    let upstream = try ScriptedUpstream { _, _ in .last("") }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 10"]
    options.server = ["drain: {timeout: 1ms}"]
    let gateway = try GatewayProcess(options)
    let reply = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { upstream.requests.count >= 2 }
    #expect(gateway.terminate() == 0)
    Refused(504, "outcome_unknown", "10008").check(try reply.value())
  }

  @Test("is told to callers before it comes: each answer ends its connection, while everything still goes on")
  func announced() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.admin = true
      $0.server = ["drain: {delay: 60s}"]
    }
    let (kept, other) = (try gateway.connect(), try gateway.connect())
    func create(_ id: String, on client: WireClient) throws -> WireReply {
      try client.send(
        WireClient.request("POST", "/v2/conferences", GatewayProcess.command(id, name: id), key: GatewayProcess.key))
      return try client.readReply()
    }
    #expect(try create("c-1", on: kept).headers["connection"] == nil)
    gateway.process.signal(SIGTERM)
    try wait { try gateway.admin("/readyz").status == 503 }
    for (id, client) in [("c-2", kept), ("c-3", other), ("c-4", try gateway.connect())] {
      let reply = try create(id, on: client)
      #expect(reply.status == 200 && reply.headers["connection"]?.lowercased() == "close", "\(id): \(reply)")
      #expect(client.readToEnd() == [])
    }
    gateway.process.signal(SIGTERM)
    #expect(gateway.process.waitForExit() == 0)
    #expect(try simulator.executed().count == 4)
  }

  @Test("comes before all else that the process was told at the same time, and waits for no reading")
  func first() throws {
    let gateway = try GatewayProcess(before: SimulatorProcess())
    // None of these is taken before all have come.
    gateway.process.signal(SIGSTOP)
    for signal in [SIGHUP, SIGUSR1, SIGTERM] { gateway.process.signal(signal) }
    gateway.process.signal(SIGCONT)
    #expect(gateway.process.waitForExit() == 0)
    let messages = ChildProcess.jsonLines(gateway.process.standardError).compactMap { $0["message"]?.string }
    #expect(messages.contains("stopping") && !messages.contains { $0.hasPrefix("SIGHUP") }, "\(messages)")
  }

  @Test("goes on for its time whatever other signals come, and a second one ends all of it")
  func otherSignals() throws {
    let upstream = try ScriptedUpstream { _, _ in .hang }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.server = ["drain: {delay: 600s, timeout: 600s}"]
    options.admin = true
    let gateway = try GatewayProcess(options)
    let reply = Background { try gateway.create(GatewayProcess.command("c-1")) }
    try wait { upstream.requests.count == 1 }
    gateway.process.signal(SIGTERM)
    try wait { try gateway.admin("/readyz").status == 503 }
    for signal in [SIGUSR1, SIGHUP, SIGUSR1] {
      gateway.process.signal(signal)
      // The listener of callers is open: this is still the delay.
      for _ in 1...20 { #expect(try gateway.call("GET", "/operations/none").status == 404) }
    }
    gateway.process.signal(SIGTERM)
    #expect(gateway.process.waitForExit() == 0)
    Refused(504, "outcome_unknown", "10008").check(try reply.value())
  }

  @Test("is not lost where it comes before the process serves")
  func whileStarting() throws {
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    // The ledger waits for its disk meanwhile.
    options.wrapper = [
      "/usr/bin/strace", "-D", "-f", "-y", "-qq", "-o", "/dev/null", "-e", "trace=fdatasync", "-e",
      "inject=fdatasync:delay_enter=1000000:when=1",
    ]
    let scratch = try Scratch()
    let process = try GatewayProcess.start(options, in: scratch)
    try wait { FileManager.default.fileExists(atPath: scratch.path("ledger.db")) }
    process.signal(SIGTERM)
    #expect(process.waitForExit() == 0)
    #expect(process.standardError.contains("\"stopped\""), "\(process.standardError)")
  }

  @Test("at once where nothing is under way", arguments: [SIGTERM, SIGINT])
  func idle(signal: Int32) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    let idle = try gateway.connect()
    gateway.process.signal(signal)
    #expect(gateway.process.waitForExit() == 0)
    #expect((idle.readToEnd() ?? []).isEmpty)
  }
}
