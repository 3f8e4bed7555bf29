import Gateway
import TestKit
import Testing

/// Every test waits for the connection to be closed: a deadline that never comes ends it by the time limit.
@Suite("A connection's deadlines", .timeLimit(.minutes(30)))
struct DeadlineTests {
  private static let never: Duration = .seconds(600)

  /// All deadlines far away but for the one that is set.
  private func listener(_ change: (inout ServerSettings) -> Void) throws -> RunningListener {
    try RunningListener {
      $0.headerTimeout = Self.never
      $0.bodyTimeout = Self.never
      $0.idleTimeout = Self.never
      change(&$0)
    }
  }

  @Test("a client that sends nothing is closed at the head's deadline")
  func silent() throws {
    let listener = try listener { $0.headerTimeout = .milliseconds(200) }
    #expect(try listener.connect().readToEnd() == [])
    try listener.waitForConnections(0)
  }

  @Test("no byte extends the head's deadline", arguments: ["GET", "GET / HTTP/1.1\r\nHost: h\r\nX: "])
  func slowHead(start: String) throws {
    let listener = try listener { $0.headerTimeout = .milliseconds(300) }
    let client = try listener.connect()
    try client.send(start)
    #expect(client.trickle("y") == [])
    try listener.waitForConnections(0)
    #expect(try listener.requests(0).isEmpty)
  }

  @Test("nor does another field, or an empty line before the request", arguments: ["X: y\r\n", "\r\n"])
  func slowFields(line: String) throws {
    let listener = try listener { $0.headerTimeout = .milliseconds(300) }
    let client = try listener.connect()
    if line != "\r\n" { try client.send("GET / HTTP/1.1\r\nHost: h\r\n") }
    #expect(client.trickle(line) == [])
    try listener.waitForConnections(0)
  }

  @Test("a later head has its own deadline")
  func slowLaterHead() throws {
    let listener = try listener { $0.headerTimeout = .milliseconds(300) }
    let client = try listener.connect()
    try client.send(RequestTests.get("/"))
    #expect(try client.readReply().status == 200)
    try client.send("GET / HTTP/1.1\r\nX: ")
    #expect(client.trickle("y") == [])
  }

  @Test("no byte extends the body's deadline")
  func slowBody() throws {
    let listener = try listener { $0.bodyTimeout = .milliseconds(300) }
    let client = try listener.connect()
    try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 60000\r\n\r\n")
    #expect(client.trickle("y") == [])
    try listener.waitForConnections(0)
    #expect(try listener.requests(0).isEmpty)
  }

  @Test("nor does another chunk", arguments: ["1\r\ny\r\n", "0"])
  func slowChunks(chunk: String) throws {
    let listener = try listener { $0.bodyTimeout = .milliseconds(300) }
    let client = try listener.connect()
    try client.send("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
    #expect(client.trickle(chunk) == [])
    try listener.waitForConnections(0)
  }

  @Test(
    "a chunk's line that is longer than all the memory its connection has does not keep it",
    arguments: ["", RequestTests.get("/")])
  func endlessChunkLine(before: String) throws {
    let listener = try listener { $0.bodyTimeout = .milliseconds(300) }
    let client = try listener.connect()
    try client.send(before + "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;a=")
    try? client.send(Array(repeating: UInt8(ascii: "b"), count: 50_000))
    #expect(client.readToEnd() != nil)
    try listener.waitForConnections(0)
  }

  @Test("a kept connection is closed when it idles")
  func idle() throws {
    let listener = try listener { $0.idleTimeout = .milliseconds(200) }
    let client = try listener.connect()
    try client.send(RequestTests.get("/"))
    #expect(try client.readReply().status == 200)
    #expect(client.readToEnd() == [])
    try listener.waitForConnections(0)
  }

  @Test("a client that does not read its reply is closed")
  func slowReader() throws {
    let listener = try listener { $0.idleTimeout = .milliseconds(200) }
    let client = try listener.connect()
    try client.send(RequestTests.get("/bytes/20000000"))
    _ = try listener.requests(1)
    try listener.waitForConnections(0)
    #expect((client.readToEnd()?.count ?? 0) < 20_000_000)
  }

  @Test("a request that waits for its answer has none here")
  func waiting() throws {
    let listener = try RunningListener {
      $0.headerTimeout = .milliseconds(100)
      $0.bodyTimeout = .milliseconds(100)
      $0.idleTimeout = .milliseconds(100)
    }
    let client = try listener.connect()
    try client.send(RequestTests.get("/held"))
    _ = try listener.requests(1)
    // Later than all of these deadlines: another connection was closed by one that began after them.
    for _ in 0..<3 { #expect(try listener.connect().readToEnd() == []) }
    listener.tell(.release)
    #expect(try client.readReply().status == 200)
  }

  @Test("a client that never stops sending after it was refused is closed")
  func endlessSender() throws {
    let listener = try listener { $0.bodyTimeout = .milliseconds(300) }
    let client = try listener.connect()
    try client.send("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n")
    #expect(try client.readReply().status == 413)
    _ = client.trickle("y")
    try listener.waitForConnections(0)
  }
}
