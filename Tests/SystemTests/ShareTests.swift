import TestKit
import Testing

@Suite("What callers share", .timeLimit(.minutes(30)))
struct ShareTests {
  private static let teams = Dictionary(
    uniqueKeysWithValues: ["one", "two", "three"].map {
      ($0, "version: 1\nteam: \($0)\ncallers:\n  - {name: a, key_sha256: \"\(GatewayProcess.digest($0))\"}\n")
    })

  /// So many requests whose bodies never end.
  private func hold(_ count: Int, _ length: Int, of key: String, at gateway: GatewayProcess) throws -> [WireClient] {
    try (0..<count).map { _ in
      let client = try gateway.connect()
      let request = WireClient.request("POST", "/conferences", String(repeating: "x", count: length), key: key)
      try? client.send(String(request.dropLast(length - 1)))
      return client
    }
  }

  @Test(
    "is left for a third, however much of it two take: connections, and room for bodies",
    arguments: [(90, 100, 105), (600, 65_000, 2)])
  func share(count: Int, length: Int, refused: Int) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["body_timeout: 600s"] + (length == 100 ? ["max_connections: 100"] : [])
      $0.teams = Self.teams
      $0.admin = true
    }
    let crowd = try ["one", "two"].map { try hold(count, length, of: $0, at: gateway) }
    try wait { try gateway.metric("convene_refused_total") >= refused }
    // Who is refused hears it, also where all places are taken.
    for client in crowd.joined() where !client.isSilent {
      Refused(503, "overloaded", "10037").check(try client.readReply())
    }
    let padding = String(repeating: " ", count: 60_000)
    for key in ["one", "two"] {
      let reply = try gateway.create(GatewayProcess.command("c-\(key)") + padding, key: key)
      Refused(503, "overloaded", "10037").check(reply)
      #expect(reply.headers["retry-after"] == "1")
    }
    for number in 0..<3 {
      let body = GatewayProcess.command("c-\(number)", name: "n-\(number)") + padding
      #expect(try gateway.create(body, key: "three").status == 200)
    }
    withExtendedLifetime(crowd) {}
  }

  @Test(
    "is left for another, however many connections one opens and asks for",
    arguments: [1, 2], ["GET", "POST", "", "stranger"])
  func flood(workers: Int, kind: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["workers: \(workers)", "max_connections: 64"]
      $0.teams = Self.teams
    }
    var flood: [WireClient] = []
    for round in 0..<20 {
      for number in 0..<100 {
        let client = try gateway.connect()
        let (method, path, key) =
          kind == "POST"
          ? ("POST", "/conferences", "one") : ("GET", "/operations/none", kind == "GET" ? "one" : "nobody")
        let body = kind == "POST" ? GatewayProcess.command("f-\(round)-\(number)", name: "f-\(round)-\(number)") : ""
        if !kind.isEmpty { try? client.send(WireClient.request(method, path, body, key: key)) }
        flood.append(client)
      }
      flood.removeFirst(max(0, flood.count - 300))
      let reply = try gateway.create(GatewayProcess.command("c-\(round)", name: "n-\(round)"), key: "three")
      #expect(reply.status == 200)
    }
  }

  @Test("is said no request by what can't be read as one, which is told so, counted and logged")
  func unread() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.admin = true }
    let rows = [
      ("POST /c HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", Refused(400, "bad_request", "10015")),
      ("GET / HTTP/1.1\r\nHost: h\r\nno colon\r\n\r\n", Refused(400, "bad_request", "10015")),
      ("GET /\r\n", Refused(400, "bad_request", "10015")),
      ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refused(400, "bad_request", "10015")),
      ("GET / HTTP/1.1\r\nX: " + String(repeating: "y", count: 20_000), Refused(431, "head_too_large", "10015")),
      ("GET /" + String(repeating: "y", count: 20_000), Refused(431, "head_too_large", "10015")),
      (
        "GET / HTTP/1.1\r\nHost: h\r\nCookie: " + String(repeating: "a;", count: 2500) + "\r\n\r\n",
        Refused(431, "head_too_large", "10015")
      ),
    ]
    for address in gateway.addresses {
      for (bytes, refused) in rows {
        let client = try WireClient(address: address)
        try client.send(bytes)
        let reply = try #require(client.readToEnd().flatMap(WireReply.parseAll), "no reply to \(bytes.prefix(60))")
        refused.check(reply)
        #expect(reply.headers["connection"] == "close")
      }
    }
    // The callers', not the admin listener's.
    #expect(try gateway.metric("convene_refused_total") == rows.count)
    #expect(gateway.process.standardError.contains("what can't be read as a request was refused"))
    // A first line without a space gets no answer, but is counted.
    let client = try gateway.connect()
    try client.send("\u{16}\u{3}\u{1}\r\n")
    #expect(client.readToEnd() == [])
    try wait { try gateway.metric("convene_refused_total") == rows.count + 1 }
  }
}
