import Gateway
import JSON
import Listener
import Metrics
import Synchronization
import TestKit
import Testing

/// What holds without TLS holds with it, too: the same tables, the same deadlines.
@Suite("With TLS", .timeLimit(.minutes(30)))
struct TLSTests {
  private static let never: Duration = .seconds(600)

  private func listener(
    asks: Bool = false, _ change: (inout ServerSettings) -> Void = { _ in }
  ) throws -> RunningListener {
    try RunningListener(
      {
        $0.headerTimeout = Self.never
        $0.bodyTimeout = Self.never
        $0.idleTimeout = Self.never
        change(&$0)
      }, tls: TestTLS(asks: asks))
  }

  @Test("requests are served one after the other, also such as come together")
  func served() throws {
    let listener = try listener()
    let client = try listener.connect()
    #expect(client.tlsVersion == "TLSv1.3")
    for number in 0..<5 {
      try client.send(RequestTests.post("body \(number)"))
      #expect(try client.readReply().text == "body \(number)")
    }
    try client.send(RequestTests.post("one") + RequestTests.post("two") + RequestTests.post("three"))
    for text in ["one", "two", "three"] { #expect(try client.readReply().text == text) }
    #expect(listener.received.unsecured.withLock { $0 } == [])
  }

  @Test("the peer is the address, and the certificate where one is asked for")
  func peer() throws {
    let plain = try listener()
    let client = try plain.connect()
    try client.send(RequestTests.get("/"))
    _ = try client.readReply()
    guard case .tcp = try #require(try plain.requests(1).first).peer else { return #expect(Bool(false)) }
    let asking = try listener(asks: true)
    let caller = try asking.connect()
    try caller.send(RequestTests.get("/"))
    _ = try caller.readReply()
    let peer = try #require(try asking.requests(1).first).peer
    guard case .tls(let address, let certificate) = peer else { return #expect(Bool(false), "\(peer)") }
    #expect(address.hasPrefix("127.0.0.1:") && certificate.names == [.uri("spiffe://example/caller")])
    #expect("\(peer)" == "\(address) spiffe://example/caller")
  }

  @Test("large bodies and large answers come whole", arguments: [1, 15_000, 16_384, 16_385, 60_000])
  func sizes(size: Int) throws {
    let listener = try listener()
    let client = try listener.connect()
    let body = String(repeating: "b", count: size)
    for _ in 0..<3 {
      try client.send(RequestTests.post(body))
      #expect(try client.readReply().text == body)
    }
    try client.send(RequestTests.get("/bytes/300000"))
    #expect(try client.readReply().body.count == 300_000)
  }

  @Test("100 Continue is said")
  func expectation() throws {
    let listener = try listener()
    let client = try listener.connect()
    try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n")
    let interim = try #require(client.read())
    #expect(String(decoding: interim, as: UTF8.self) == "HTTP/1.1 100 Continue\r\n\r\n")
    try client.send("ok")
    #expect(try client.readReply().text == "ok")
  }

  @Test("whoever has said goodbye is answered still")
  func halfClosed() throws {
    let listener = try listener()
    let client = try listener.connect()
    try client.send(RequestTests.post("last words"))
    _ = try listener.requests(1)
    client.endSending()
    let all = try #require(client.readToEnd())
    #expect(String(decoding: all, as: UTF8.self).hasSuffix("last words"))
  }

  @Test("a refusal in the middle of a body is heard")
  func cutOff() throws {
    let listener = try listener { $0.maxBody = 1024 }
    let client = try listener.connect()
    try client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n7D0\r\n")
    try? client.send(Array(repeating: UInt8(ascii: "b"), count: 2000))
    #expect(try client.readReply().status == 413)
    #expect(client.readToEnd() != nil)
  }

  private static let heads = [
    RefusedHead.framings, RefusedHead.requestLines, RefusedHead.fieldLines, RefusedHead.noHosts,
    RefusedHead.expectations, RefusedHead.urls,
  ].flatMap(\.self)

  @Test("each head is refused that is refused without", arguments: heads)
  func refused(_ head: RefusedHead) throws {
    let listener = try listener {
      $0.headerTimeout = .seconds(2)
      $0.bodyTimeout = .seconds(2)
      $0.idleTimeout = .seconds(2)
    }
    let client = try listener.connect()
    try client.send(head.bytes + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n")
    let answer = try #require(client.readToEnd(), "reset")
    #expect(try !listener.requests(0).contains { $0.target == "/smuggled" })
    if head.status == 0 { return #expect(answer.isEmpty) }
    let reply = try #require(WireReply.parseAll(answer), "no reply: \(String(decoding: answer, as: UTF8.self))")
    #expect(reply.status == head.status && reply.headers["connection"] == "close")
    #expect(try reply.json()["errors"]?.array?.first?["meta"]?["source"]?.string == "convene")
  }

  @Test(
    "a handshake that doesn't begin, or drips, is over at the head's deadline",
    arguments: ["", "\u{16}", "\u{16}\u{03}\u{01}\u{02}\u{00}\u{01}"])
  func slowHandshake(start: String) throws {
    let listener = try listener { $0.headerTimeout = .milliseconds(300) }
    let client = try WireClient(address: listener.address)
    if start.isEmpty {
      #expect(client.readToEnd() == [])
    } else {
      try client.send(start)
      // A record's head, and then what it holds, of which there are 512 bytes.
      #expect(client.trickle("\u{03}\u{01}\u{02}\u{00}") == [])
    }
    try listener.waitForConnections(0)
    #expect(listener.received.unsecured.withLock { $0 } == [])
    #expect(try listener.requests(0).isEmpty)
  }

  @Test("handshakes that wait for their clients cost no turn of the loop")
  func waitingHandshakes() throws {
    let listener = try listener()
    let waiting = try (0..<20).map { number in
      let client = try WireClient(address: listener.address)
      if number % 2 == 0 { try client.send([0x16, 3, 1, 2, 0, 1]) }
      return client
    }
    let client = try listener.connect()
    let before = listener.turnCount
    for number in 0..<50 {
      try client.send(RequestTests.post("\(number)"))
      #expect(try client.readReply().text == "\(number)")
    }
    // Each request has a few; whoever turns without end has dozens beside each.
    #expect(listener.turnCount < before + 50 * 12 && waiting.count == 20, "\(listener.turnCount - before)")
  }

  @Test("no byte extends the deadline of the head or the body", arguments: [true, false])
  func slowRequest(isBody: Bool) throws {
    let listener = try listener {
      if isBody { $0.bodyTimeout = .milliseconds(300) } else { $0.headerTimeout = .milliseconds(600) }
    }
    let client = try listener.connect()
    try client.send(isBody ? "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n" : "GET / HTTP/1.1\r\nX: ")
    #expect(client.trickle("y") == [])
    try listener.waitForConnections(0)
  }

  @Test(
    "http:// to this port is told so in words that it reads",
    arguments: [RequestTests.get("/"), "POST / HTTP/1.0\r\n\r\n"])
  func plainRequest(text: String) throws {
    let listener = try listener()
    func ask() throws -> [UInt8]? {
      let client = try WireClient(address: listener.address)
      try client.send(text)
      return client.readToEnd()
    }
    let reply = try #require(try ask().flatMap(WireReply.parseAll))
    #expect(reply.status == 400 && reply.text.contains("https://"))
    #expect(listener.received.unread.value == 1 && listener.received.unsecured.withLock { $0 } == [])
    try listener.waitForConnections(0)
  }

  @Test(
    "what is neither TLS nor a request is closed",
    arguments: [[0x80, 0x2E, 1, 0, 2], [0], [0x16, 3, 1, 0, 1, 9], [0x15, 3, 1, 0, 2, 2, 40]] as [[UInt8]])
  func garbage(bytes: [UInt8]) throws {
    let listener = try listener { $0.headerTimeout = .seconds(2) }
    let client = try WireClient(address: listener.address)
    try client.send(bytes)
    client.endSending()
    _ = client.readToEnd()
    try listener.waitForConnections(0)
    #expect(try listener.requests(0).isEmpty)
  }

  @Test("a client that leaves in the middle of its handshake, with a reset or without, takes nothing along")
  func leavers() throws {
    let listener = try listener()
    for number in 0..<20 {
      let client = try WireClient(address: listener.address)
      if number % 3 > 0 { try client.send([0x16, 3, 1, 2, 0, 1]) }
      if number % 2 > 0 { client.willReset() }
    }
    let client = try listener.connect()
    try client.send(RequestTests.post("still there"))
    #expect(try client.readReply().text == "still there")
    try listener.waitForConnections(1)
  }

  @Test("TLS 1.2 is spoken, and nothing older", arguments: ["1.3", "1.2", "1.1"])
  func versions(newest: String) throws {
    let listener = try listener()
    var settings = try #require(listener.tls).client
    settings.newest = newest
    if newest == "1.1" {
      #expect(throws: Failure.self) { try WireClient(address: listener.address, tls: settings) }
      try wait { listener.received.unsecured.withLock { $0.count } == 1 }
    } else {
      #expect(try WireClient(address: listener.address, tls: settings).tlsVersion == "TLSv\(newest)")
    }
  }

  @Test("connections count from when they come, and make room for others")
  func crowd() throws {
    let listener = try listener { $0.maxConnections = 8 }
    // Some say nothing, some have shaken hands.
    let idle = try (0..<40).map { number in
      number % 2 == 0 ? try WireClient(address: listener.address) : try listener.connect()
    }
    for _ in 0..<5 {
      let client = try listener.connect()
      try client.send(RequestTests.post("in the crowd"))
      #expect(try client.readReply().text == "in the crowd")
    }
    #expect(listener.connections.count <= 8 + 64 && idle.count == 40)
  }

  @Test("a request that waits is abandoned when the listener closes")
  func closes() throws {
    var listener: RunningListener? = try listener()
    guard let client = try listener?.connect(), let address = listener?.address else { return }
    // Nor does one whose handshake is not over keep it.
    let waiting = try WireClient(address: address)
    try waiting.send([0x16, 3, 1, 2, 0, 1])
    try client.send(RequestTests.get("/held"))
    _ = try listener?.requests(1)
    listener = nil
    #expect(client.readToEnd() != nil && waiting.readToEnd() != nil)
  }
}
