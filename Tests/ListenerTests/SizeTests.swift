import Gateway
import JSON
import TestKit
import Testing

@Suite("What is too large", .timeLimit(.minutes(30)))
struct SizeTests {
  let listener: RunningListener

  init() throws { listener = try RunningListener { $0.maxBody = 64 * 1024 } }

  @Test("a head is refused in JSON by one big field", arguments: [8200, 8500, 9000, 9500, 10_000])
  func bigField(bytes: Int) throws {
    try checkHead(["X-Big: " + String(repeating: "y", count: bytes)])
  }

  @Test("a head is refused in JSON by many small fields", arguments: [70, 75, 80])
  func manyFields(count: Int) throws {
    try checkHead((0..<count).map { "X-Small-\($0): " + String(repeating: "y", count: 40) })
  }

  @Test("a head is refused by its target", arguments: [9, 11, 40, 100])
  func bigTarget(kibibytes: Int) throws {
    let request = RequestTests.get("/?" + String(repeating: "a", count: kibibytes * 1024))
    let reply = try #require(listener.exchange(request).flatMap(WireReply.parseAll))
    #expect(reply.status == 431)
    #expect(reply.code == "10015")
  }

  @Test("a head beyond libmicrohttpd's own room is refused, too", arguments: [12, 16, 48, 200])
  func hugeField(kibibytes: Int) throws {
    let answer = try listener.exchange(
      RequestTests.get("/", "X-Big: " + String(repeating: "y", count: kibibytes * 1024)))
    let reply = try #require(answer.flatMap(WireReply.parseAll))
    #expect(reply.status == 431)
    #expect(reply.code == "10015")
  }

  @Test("the largest head gets its whole reply, however large the reply's head is", arguments: Self.largestHeads)
  func largestHead(name: String, lines: String) throws {
    let client = try listener.connect()
    for _ in 0..<3 {
      let request = "POST /fields HTTP/1.1\r\nHost: h\r\nContent-Length: 20000\r\n\(lines)\r\n\r\n"
      try client.send(request + String(repeating: "x", count: 20_000))
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.body.count == 20_000)
      #expect(reply.headers["x-huge"] == nil)
      #expect(reply.headers.keys.count { $0.hasPrefix("x-many-") } == 30)
    }
  }

  static let largestHeads = [
    ("one field", "X-Big: " + String(repeating: "y", count: 7900)),
    ("many fields", (0..<62).map { "X-Many-\($0): " + String(repeating: "y", count: 48) }.joined(separator: "\r\n")),
    ("a cookie", "Cookie: a=" + String(repeating: "y", count: 3900)),
    ("many cookies", "Cookie: " + String(repeating: "a=bcdefgh; ", count: 60)),
    ("tiny fields", Array(repeating: "a: b", count: 90).joined(separator: "\r\n")),
  ]

  @Test("thousands of fields are refused, and so are thousands of cookies", arguments: Self.crowds)
  func crowd(name: String, request: String) throws {
    let reply = try #require(listener.exchange(request).flatMap(WireReply.parseAll))
    #expect(reply.status == 431)
    #expect(reply.code == "10015")
  }

  @Test("fields behind a chunked body are refused where they are many or large", arguments: Self.trailers)
  func trailer(lines: String) throws {
    let request =
      "POST /fields HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\(lines)\r\n\r\n"
    #expect(try listener.exchange(request).flatMap(WireReply.parseAll)?.status == 431)
  }

  static let trailers = [
    "X: " + String(repeating: "y", count: 300), Array(repeating: "a: b", count: 4).joined(separator: "\r\n"),
  ]

  static let crowds = [
    ("one cookie", "Cookie: a=" + String(repeating: "y", count: 4800)),
    ("fields", "X: " + Array(repeating: "y", count: 3000).joined(separator: "\r\nX: ")),
    ("cookies", "Cookie: " + String(repeating: "a;", count: 2500)),
    ("empty cookies", "Cookie: " + String(repeating: ";", count: 7000)),
    ("cookies before a body", "Content-Length: 2\r\nCookie: " + String(repeating: "a;", count: 2500)),
  ].map { ($0.0, RequestTests.get("/", $0.1) + "{}") }

  @Test("thousands of arguments are not looked at", arguments: ["&", "a&", "=", "%"])
  func arguments(argument: String) throws {
    let client = try listener.connect()
    try client.send(RequestTests.get("/?" + String(repeating: argument, count: 3900)))
    #expect(try client.readReply().status == 200)
  }

  @Test("a POST without a length is refused")
  func noLength() throws {
    try checkBody("POST / HTTP/1.1\r\nHost: h\r\n\r\n", status: 411)
  }

  @Test("a body is refused for its length before it is read, and its sender can read why", arguments: [65, 256, 1000])
  func bodyByLength(kibibytes: Int) throws {
    try checkBody(RequestTests.post(String(repeating: "x", count: kibibytes * 1024)), status: 413)
  }

  @Test(
    "a body that is announced and never comes is refused at once",
    arguments: [
      "Content-Length: 65537", "Content-Length: 999999999999999999", "Content-Length: 65537\r\nExpect: 100-continue",
    ])
  func announcedBody(line: String) throws {
    try checkBody("POST / HTTP/1.1\r\nHost: h\r\n\(line)\r\n\r\n", status: 413)
  }

  @Test(
    "a body in chunks is refused as soon as it has grown too large, although its end never comes",
    arguments: [65, 2000])
  func endlessBody(kibibytes: Int) throws {
    let head = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    let bytes = String(repeating: "x", count: kibibytes * 1024)
    for body in [
      bytes.utf8.count.hex + "\r\n" + bytes, "ffffff\r\n" + bytes, "400\r\n\(bytes.prefix(1024))\r\n".times(kibibytes),
    ] {
      let client = try listener.connect()
      try client.send(head + body)
      let reply = try client.readReply()
      #expect(reply.status == 413)
      #expect(reply.headers["connection"] == "close")
      #expect(reply.headers["date"]?.hasSuffix(" GMT") == true)
      #expect(reply.code == "10015")
      #expect(client.readToEnd() == [])
    }
  }

  @Test(
    "a body is refused when it has grown too large in chunks, and its sender can read why",
    arguments: [65, 900, 20_000])
  func bodyInChunks(kibibytes: Int) throws {
    let chunk = "400\r\n" + String(repeating: "x", count: 1024) + "\r\n"
    try checkBody(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n" + String(repeating: chunk, count: kibibytes)
        + "0\r\n\r\n", status: 413)
  }

  @Test("a body of just the largest size is taken")
  func largestBody() throws {
    let client = try listener.connect()
    try client.send(RequestTests.post(String(repeating: "x", count: 64 * 1024)))
    #expect(try client.readReply().body.count == 64 * 1024)
  }

  @Test("a chunk extension without end does not keep the loop awake")
  func endlessExtension() throws {
    let client = try listener.connect()
    try client.send(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n2;" + String(repeating: "x", count: 100_000))
    try listener.waitForConnections(1)
    // The slowest way to tell that a second passes is to wait for a connection that ends after one.
    let slow = try RunningListener { $0.headerTimeout = .seconds(1) }
    _ = try slow.connect().readToEnd()
    #expect(listener.turnCount < 1000)
  }

  private func checkHead(_ lines: [String]) throws {
    let request = "GET / HTTP/1.1\r\nHost: h\r\n" + lines.joined(separator: "\r\n") + "\r\n\r\n"
    let reply = try #require(listener.exchange(request).flatMap(WireReply.parseAll))
    #expect(reply.status == 431)
    #expect(reply.code == "10015")
  }

  /// The client sends all before it reads anything.
  private func checkBody(_ request: String, status: Int) throws {
    let reply = try #require(listener.exchange(request).flatMap(WireReply.parseAll), "reset")
    #expect(reply.status == status)
    #expect(reply.headers["connection"] == "close")
    #expect(try reply.json()["errors"]?.array?.first?["meta"]?["source"]?.string == "convene")
    try listener.waitForConnections(0)
  }
}

extension Int {
  fileprivate var hex: String { String(self, radix: 16) }
}

extension String {
  fileprivate func times(_ count: Int) -> String { String(repeating: self, count: count) }
}
