import Gateway
import Listener
import TestKit
import Testing

/// What the head decides is said before there is a body: nothing of it is kept, and nobody waits for it.
@Suite("A request that its head decides", .timeLimit(.minutes(30)))
struct EarlyAnswerTests {
  let listener: RunningListener

  init() throws { listener = try RunningListener { $0.maxBody = 4 << 20 } }

  private static func head(_ target: String, _ lines: String...) -> String {
    (["POST \(target) HTTP/1.1", "Host: h"] + lines).joined(separator: "\r\n") + "\r\n\r\n"
  }

  @Test(
    "is answered before its body, which is not asked for, and then its connection ends",
    arguments: [
      ("/early", "Content-Length: 65000"), ("/early-at-once", "Content-Length: 65000"),
      ("/early", "Content-Length: 65000\r\nExpect: 100-continue"), ("/early", "Transfer-Encoding: chunked"),
      ("/early-at-once", "Transfer-Encoding: chunked\r\nExpect: 100-continue"),
    ])
  func unfinished(target: String, lines: String) throws {
    for body in ["", "5\r\nhello\r\n"] {
      let client = try listener.connect()
      try client.send(Self.head(target, lines) + body)
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.headers["connection"] == "close")
      #expect(client.readToEnd() == [])
    }
    #expect(try listener.requests(2).allSatisfy { $0.body.isEmpty })
    #expect(listener.bodies.count == 0)
  }

  @Test(
    "can be read the answer to by who sends on, and hides no other request", arguments: ["/early", "/early-at-once"])
  func sendingOn(target: String) throws {
    let smuggled = RequestTests.get("/smuggled")
    let body = smuggled + String(repeating: "x", count: 200_000)
    let answer = try #require(
      try listener.exchange(Self.head(target, "Content-Length: \(body.utf8.count)") + body + smuggled), "reset")
    #expect(WireReply.parseAll(answer)?.status == 200)
    #expect(try listener.requests(1).map(\.target) == [target])
  }

  @Test("keeps its connection where it has no body")
  func withoutBody() throws {
    let client = try listener.connect()
    for request in [RequestTests.get("/early"), RequestTests.post("", to: "/early"), RequestTests.post("all")] {
      try client.send(request)
      #expect(try client.readReply().status == 200)
    }
  }

  @Test("is not asked for its body either where bodies have used up their room, until some have gone")
  func noRoom() throws {
    var clients = try (0..<4).map { _ in try listener.connect() }
    for client in clients { try client.send(Self.head("/", "Content-Length: \(4 << 20)") + "x") }
    try wait { listener.bodies.count == 16 << 20 }
    for lines in ["Content-Length: 2", "Content-Length: 2\r\nExpect: 100-continue"] {
      let client = try listener.connect()
      try client.send(Self.head("/", lines))
      let reply = try client.readReply()
      #expect(reply.status == 503)
      #expect(reply.code == "10037")
      #expect(client.readToEnd() == [])
    }
    // In chunks nobody knows before how much there is.
    let chunks = try listener.connect()
    try chunks.send(Self.head("/", "Transfer-Encoding: chunked") + "2\r\n{}\r\n0\r\n\r\n")
    #expect(try chunks.readReply().status == 503)
    clients.removeLast()
    try wait { listener.bodies.count == 12 << 20 }
    let client = try listener.connect()
    try client.send(RequestTests.post("again"))
    #expect(try client.readReply().text == "again")
    clients.removeAll()
    try wait { listener.bodies.count == 0 }
  }
}
