import Gateway
import TestKit
import Testing

@Suite("A request", .timeLimit(.minutes(30)))
struct RequestTests {
  let listener: RunningListener

  init() throws { listener = try RunningListener() }

  /// A POST to a target with a body.
  static func post(_ body: String, to target: String = "/", _ lines: String...) -> String {
    let head = ["POST \(target) HTTP/1.1", "Host: h", "Content-Length: \(body.utf8.count)"] + lines
    return head.joined(separator: "\r\n") + "\r\n\r\n" + body
  }

  static func get(_ target: String, _ lines: String...) -> String {
    (["GET \(target) HTTP/1.1", "Host: h"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
  }

  @Test(
    "is handed on with its target as it came",
    arguments: [
      "/%00", "//", "/v2//conferences", "/v2/conferences/", "/a%2Fb", "/?", "/?a=1&b=%zz&&&=", "/../etc",
      "/-._~!$&'()*+,;=:@", "/?[]{}|^`\"<>\\",
    ])
  func target(_ target: String) throws {
    let client = try listener.connect()
    try client.send(Self.get(target))
    #expect(try client.readReply().headers["x-target"] == target)
    #expect(try listener.requests(1).map(\.target) == [target])
  }

  @Test(
    "may ask for a URL, and is handed on with its path and query",
    arguments: [
      ("http://localhost:8080/v2/conferences", "/v2/conferences"), ("HTTP://h/x?a=http://b/", "/x?a=http://b/"),
      ("hTTps://[::1]:8443/", "/"), ("https://h", "/"), ("http://h:", "/"), ("http://h?x=1", "/?x=1"),
      ("http://h//x", "//x"),
      ("http://h%41/@:", "/@:"),
    ])
  func url(target: String, path: String) throws {
    let client = try listener.connect()
    for version in ["1.1", "1.1", "1.0"] {
      try client.send(
        "POST \(target) HTTP/\(version)\r\nHost: another:1\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\n{}")
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.headers["x-target"] == path)
    }
    #expect(try listener.requests(3).map(\.target) == [path, path, path])
  }

  @Test(
    "may name its host in every way that there is",
    arguments: [
      "", " ", "h", "H.Example", "h:", "h:0", "h:80", "h:65535", "h:0000000080", "127.0.0.1:8080", "999.1", "[::1]",
      "[::1]:",
      "[::1]:8080", "[::ffff:1.2.3.4]:1", "[V1f.a:b]", "a_b.c-d~e", "h%41%00", "!$&'()*+,;=", "a,b",
    ])
  func host(_ host: String) throws {
    let client = try listener.connect()
    for version in ["1.1", "1.0"] {
      try client.send("GET / HTTP/\(version)\r\nHost: \(host)\r\nConnection: keep-alive\r\n\r\n")
      #expect(try client.readReply().status == 200)
    }
  }

  @Test("keeps its fields in their order, whatever white space is around their values")
  func fields() throws {
    let client = try listener.connect()
    try client.send(Self.get("/", "X-A:1", "X-B:  2", "X-C:\t3  ", "X-D:", "X-E: a: b", "x-a: \u{E4}"))
    _ = try client.readReply()
    let fields = try #require(listener.requests(1).first?.fields)
    #expect(
      fields.entries.map { "\(fields.text($0.name))=\(fields.text($0.value))" }
        == ["Host=h", "X-A=1", "X-B=2", "X-C=3", "X-D=", "X-E=a: b", "x-a=\u{E4}"])
  }

  @Test("may come in pieces of one byte")
  func oneByteAtATime() throws {
    let client = try listener.connect()
    for byte in Self.post("in pieces").utf8 { try client.send([byte]) }
    #expect(try client.readReply().text == "in pieces")
  }

  @Test("may bring its body in chunks, after which the connection is closed")
  func chunks() throws {
    let answer = try listener.exchange(
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
        + "3;a=b\r\nin \r\n006\r\nchunks\r\n0\r\nTrailer: x\r\n\r\n" + Self.get("/smuggled"))
    #expect(answer.flatMap(WireReply.parseAll)?.text == "in chunks")
    #expect(try listener.requests(1).count == 1)
  }

  @Test("gets a 100 before its body where it asks for one")
  func expectation() throws {
    let client = try listener.connect()
    let request = Self.post("later", to: "/", "Expect: 100-continue")
    try client.send(String(request.dropLast(5)))
    #expect(try client.readReply().status == 100)
    try client.send("later")
    #expect(try client.readReply().text == "later")
  }

  @Test(
    "gets it in whatever case it asks, with white space around it, and an empty expectation is none",
    arguments: ["100-Continue", "100-CONTINUE", "100-continue ", "100-continue\t", " \t100-continue \t \t"])
  func expectationInAnyCase(_ expectation: String) throws {
    let client = try listener.connect()
    try client.send(Self.post("", to: "/", "Expect:"))
    #expect(try client.readReply().status == 200)
    let request = Self.post("later", to: "/", "Expect: \(expectation)")
    try client.send(String(request.dropLast(5)))
    #expect(try client.readReply().status == 100)
    try client.send("later")
    #expect(try client.readReply().text == "later")
  }

  @Test("of HTTP/1.0 gets none, which it would not understand")
  func expectationInOldVersion() throws {
    let client = try listener.connect()
    let head = "POST / HTTP/1.0\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n"
    try client.send(head)
    try client.send("later")
    let reply = try client.readReply()
    #expect(reply.status == 200)
    #expect(reply.text == "later")
  }

  @Test("is answered in its turn where several come at once", arguments: ["/", "/at-once"])
  func pipelined(target: String) throws {
    let client = try listener.connect()
    try client.send((0..<20).map { Self.post("\($0)", to: target) }.joined())
    for number in 0..<20 { #expect(try client.readReply().text == "\(number)") }
  }

  @Test("may follow another on the same connection")
  func keptAlive() throws {
    let client = try listener.connect()
    for number in 0..<20 {
      try client.send(Self.post("\(number)"))
      #expect(try client.readReply().text == "\(number)")
    }
    #expect(try Set(listener.requests(20).map(\.peer.description)).count == 1)
  }

  @Test(
    "ends its connection where it says so",
    arguments: [
      ("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), ("GET / HTTP/1.0\r\n\r\n"),
      ("GET / HTTP/1.0\r\nHost: h\r\n\r\n"), ("GET /close HTTP/1.1\r\nHost: h\r\n\r\n"),
    ])
  func lastOnItsConnection(request: String) throws {
    #expect(try listener.exchange(request).flatMap(WireReply.parseAll)?.status == 200)
    try listener.waitForConnections(0)
  }

  @Test("of HTTP/1.0 may keep its connection")
  func keptAliveWithOldVersion() throws {
    let client = try listener.connect()
    for _ in 0..<2 {
      try client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
      #expect(try client.readReply().status == 200)
    }
  }

  @Test("is answered although its client sends nothing more", arguments: ["/", "/at-once", "/held"])
  func halfClosed(target: String) throws {
    let client = try listener.connect()
    try client.send(Self.post("one", to: target) + Self.post("two", to: "/"))
    client.endSending()
    _ = try listener.requests(1)
    listener.tell(.release)
    #expect(try client.readReply().text == "one")
    #expect(try client.readReply().text == "two")
    #expect(client.readToEnd() == [])
  }

  @Test("whose client vanishes while it waits is answered into the void", arguments: [true, false])
  func vanished(byReset: Bool) throws {
    do {
      let client = try listener.connect()
      try client.send(Self.get("/held"))
      _ = try listener.requests(1)
      if byReset { client.willReset() }
    }
    listener.tell(.release)
    try listener.waitForConnections(0)
    let client = try listener.connect()
    try client.send(Self.post("still here"))
    #expect(try client.readReply().text == "still here")
  }

  @Test("that waits does not end with the listener, its connection does")
  func abandoned() throws {
    var listener: RunningListener? = try RunningListener()
    let client = try #require(try listener?.connect())
    try client.send(Self.get("/held"))
    _ = try listener?.requests(1)
    listener = nil
    #expect(client.readToEnd() != nil)
  }

  @Test("is not delayed by another that waits")
  func besideHeld() throws {
    let waiting = try listener.connect()
    try waiting.send(Self.get("/held"))
    _ = try listener.requests(1)
    let client = try listener.connect()
    try client.send(Self.post("at once"))
    #expect(try client.readReply().text == "at once")
    listener.tell(.release)
    #expect(try waiting.readReply().status == 200)
  }

  @Test("that waits does not keep the loop awake, whatever its client sends meanwhile")
  func sleeps() throws {
    let waiting = try listener.connect()
    try waiting.send(Self.get("/held") + String(repeating: "GET / HTTP/1.1\r\nHost: h\r\n\r\n", count: 400))
    _ = try listener.requests(1)
    let before = listener.turnCount
    let idle = try (0..<3).map { _ in try listener.connect() }
    try listener.waitForConnections(4)
    // Each of the three has been accepted in a turn of its own; one that spins makes thousands.
    #expect(listener.turnCount < before + 200)
    listener.tell(.release)
    for _ in 0...400 { #expect(try waiting.readReply().status == 200) }
    withExtendedLifetime(idle) {}
  }
}
