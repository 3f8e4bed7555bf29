import JSON
import TestKit
import Testing

@Suite("A client of the whole gateway", .timeLimit(.minutes(30)))
struct ClientTests {
  let simulator: SimulatorProcess
  let gateway: GatewayProcess

  init() throws {
    simulator = try SimulatorProcess()
    gateway = try GatewayProcess(before: simulator) { $0.server = ["max_body: 4KiB"] }
  }

  @Test("that vanishes while its command is sent leaves a command that is settled", arguments: [false, true])
  func vanishes(byReset: Bool) throws {
    do {
      let client = try gateway.connect()
      try client.send(
        WireClient.request(
          "POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key,
          headers: ["x-simulator-fault: delay=300"]))
      try wait { try simulator.journal()["creates_received"]?.integer == 1 }
      if byReset { client.willReset() }
    }
    try wait { try gateway.state(of: "c-1") == "done" }
    let replay = try gateway.create(GatewayProcess.command("c-1"))
    #expect(replay.status == 200)
    #expect(replay.headers["idempotent-replayed"] == "true")
    #expect(try simulator.executed().count == 1)
  }

  @Test("that sends several commands at once gets their answers in order")
  func pipelines() throws {
    let client = try gateway.connect()
    try client.send(
      (0..<10).map { number in
        WireClient.request(
          "POST", "/conferences", GatewayProcess.command("c-\(number)", name: "n-\(number)"), key: GatewayProcess.key)
      }.joined())
    for number in 0..<10 {
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.headers["convene-command-id"] == "c-\(number)")
    }
  }

  @Test("that says it sends nothing more gets its answer")
  func halfCloses() throws {
    let client = try gateway.connect()
    try client.send(
      WireClient.request("POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    client.endSending()
    #expect(try client.readReply().status == 200)
  }

  @Test(
    "that sends too much can read why, and a stranger only that it is one",
    arguments: [
      (GatewayProcess.key, 413), (nil, 401),
    ] as [(String?, Int)])
  func tooMuch(key: String?, status: Int) throws {
    let client = try gateway.connect()
    try client.send(WireClient.request("POST", "/conferences", String(repeating: " ", count: 50_000), key: key))
    let reply = try #require(client.readToEnd().flatMap(WireReply.parseAll))
    #expect(reply.status == status)
    #expect(reply.headers["connection"] == "close")
  }

  @Test("may send its command in chunks")
  func chunks() throws {
    let client = try gateway.connect()
    let command = GatewayProcess.command("c-1")
    try client.send(
      "POST /conferences HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer \(GatewayProcess.key)\r\n"
        + "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        + command.map { "1\r\n\($0)\r\n" }.joined() + "0\r\n\r\n")
    #expect(try client.readReply().status == 200)
  }

  @Test(
    "finds a path that escapes what need not be escaped",
    arguments: ["/v2/conference%73", "/%76%32/c%6Fnferences/", "/%63%6f%6e%66%65%72%65%6e%63%65%73"])
  func escaped(path: String) throws {
    #expect(try gateway.call("POST", path, GatewayProcess.command("c-1")).status == 200)
  }

  @Test(
    "finds no other spelling of a path",
    arguments: [
      "//conferences", "/v2//conferences", "/v2/conferences//", "/v2%2Fconferences", "/conferences%00", "/Conferences",
      "/v2/../conferences", "/v2/%2e%2e/conferences", "/conferences%2F", "/conference%2573", "/./conferences",
      "/v2/v2/conferences", "/conferences;x", "/conferences%20", "/v2",
    ])
  func spelling(path: String) throws {
    let reply = try gateway.call("POST", path, GatewayProcess.command("c-1"))
    #expect(reply.status == 404)
    #expect(reply.code == "10005")
  }
}
