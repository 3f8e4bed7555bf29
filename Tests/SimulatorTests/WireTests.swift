import JSON
import TestKit
import Testing

@Suite("The simulator's HTTP", .timeLimit(.minutes(30)))
struct WireTests {
  let simulator: SimulatorProcess
  let body = #"{"call_control_id":"v3:leg","name":"standup"}"#

  init() throws { simulator = try SimulatorProcess() }

  @Test("a connection takes one request after the other, also when they come at once")
  func keepsAlive() throws {
    let client = try simulator.connect()
    let request = WireClient.request("GET", "/v2/conferences", "", key: SimulatorProcess.token)
    try client.send(request + request + request)
    for _ in 0..<3 { #expect(try client.readReply().status == 200) }
    try client.send(
      WireClient.request("GET", "/v2/conferences", "", key: SimulatorProcess.token, headers: ["Connection: close"]))
    let last = try #require(client.readToEnd().flatMap { WireReply.parseAll($0) })
    #expect(last.headers["connection"] == "close")
  }

  @Test("a chunked body is put together")
  func readsChunks() throws {
    let client = try simulator.connect()
    let (start, rest) = (body.prefix(7), body.dropFirst(7))
    try client.send(
      """
      POST /v2/conferences HTTP/1.1\r\nauthorization: bearer \(SimulatorProcess.token)\r
      content-type: application/json; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r
      7;a=b\r\n\(start)\r\n\(String(rest.utf8.count, radix: 16))\r\n\(rest)\r\n0\r\ntrailer: x\r\n\r\n
      """)
    #expect(try client.readReply().status == 200)
  }

  @Test("a client that waits for a 100 gets one before it sends the body")
  func continues() throws {
    let client = try simulator.connect()
    let request = WireClient.request(
      "POST", "/v2/conferences", body, key: SimulatorProcess.token, headers: ["Expect: 100-continue"])
    try client.send(String(request.dropLast(body.count)))
    #expect(try client.readReply().status == 100)
    #expect(try simulator.journal()["creates_received"] == .integer(1))
    try client.send(body)
    #expect(try client.readReply().status == 200)
  }

  @Test(
    "a request that can't be read is refused and the connection closed",
    arguments: [
      ("GET / HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n", 400), ("hello\r\n\r\n", 400),
      ("GET / HTTP/1.1\r\ncontent-length: -1\r\n\r\n", 400), ("GET / HTTP/2.0\r\n\r\n", 400),
      ("POST / HTTP/1.1\r\ncontent-length: 1048577\r\n\r\n", 413),
      ("POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n7fffffff\r\n", 413),
      ("GET / HTTP/1.1\r\nx: " + String(repeating: "y", count: 65_536), 431),
    ])
  func refuses(request: String, status: Int) throws {
    let client = try simulator.connect()
    try client.send(request)
    #expect(client.readToEnd().flatMap { WireReply.parseAll($0) }?.status == status)
  }

  @Test("a body of one MiB is taken")
  func takesLargeBody() throws {
    let filler = String(repeating: "x", count: (1 << 20) - 60)
    let reply = try simulator.create(#"{"call_control_id":"v3:leg","name":"large","f":"\#(filler)"}"#)
    #expect(reply.status == 200)
  }

  @Test("two hundred clients at once are served")
  func servesMany() throws {
    let clients = try (0..<200).map { _ in try simulator.connect() }
    for (index, client) in clients.enumerated() {
      let body = #"{"call_control_id":"v3:leg","name":"n\#(index)"}"#
      try client.send(WireClient.request("POST", "/v2/conferences", body, key: SimulatorProcess.token))
    }
    for client in clients { #expect(try client.readReply().status == 200) }
    #expect(try simulator.journal()["executed"]?.array?.count == 200)
  }
}
