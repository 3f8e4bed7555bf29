import Gateway
import JSON
import TestKit
import Testing

/// What two servers could understand in two ways is refused, and the connection closed: nobody can say where the next
/// request would begin (RFC 9112, sections 3 and 6).
@Suite("A head that can't be trusted", .timeLimit(.minutes(30)))
struct RefusedHeadTests {
  let listener: RunningListener

  /// What is taken after all is closed for its idleness, not for a refusal.
  init() throws {
    listener = try RunningListener {
      $0.headerTimeout = .seconds(1)
      $0.bodyTimeout = .seconds(1)
      $0.idleTimeout = .seconds(1)
    }
  }

  @Test("is refused for its framing", arguments: RefusedHead.framings)
  func framing(_ head: RefusedHead) throws { try check(head) }

  @Test("is refused for its request line", arguments: RefusedHead.requestLines)
  func requestLine(_ head: RefusedHead) throws { try check(head) }

  @Test("is refused for its fields", arguments: RefusedHead.fieldLines)
  func fields(_ head: RefusedHead) throws { try check(head) }

  @Test("is refused for its host", arguments: RefusedHead.noHosts)
  func host(_ head: RefusedHead) throws { try check(head) }

  @Test("is refused for what it expects", arguments: RefusedHead.expectations)
  func expectation(_ head: RefusedHead) throws { try check(head) }

  @Test("is refused for the URL that it asks for", arguments: RefusedHead.urls)
  func url(_ head: RefusedHead) throws { try check(head) }

  @Test("is refused for what stands before it, also behind another request, but for one empty line")
  func before() throws {
    for lines in ["\0\r\n", "\0GET /x\r\n", "\0GET /smugg\r\n", "\n", "\r\n\r\n", "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n"] {
      let client = try listener.connect()
      for _ in 0..<3 {
        try client.send("\r\n" + RequestTests.post("served"))
        #expect(try client.readReply().text == "served")
      }
      try client.send(lines + RequestTests.get("/smuggled"))
      let reply = try #require(client.readToEnd().flatMap(WireReply.parseAll))
      #expect(reply.status == 400)
    }
    #expect(try !listener.requests(0).contains { $0.target == "/smuggled" && $0.headFault == nil })
  }

  /// The request that hides behind the refused one must not be seen.
  private func check(_ head: RefusedHead) throws {
    let smuggled = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"
    let answer = try #require(try listener.exchange(head.bytes + smuggled), "reset")
    if head.status == 0 { return #expect(answer.isEmpty) }
    let reply = try #require(WireReply.parseAll(answer), "no reply: \(String(decoding: answer, as: UTF8.self))")
    #expect(reply.status == head.status)
    #expect(reply.headers["connection"] == "close")
    #expect(try reply.json()["errors"]?.array?.first?["meta"]?["source"]?.string == "convene")
    #expect(try !listener.requests(0).contains { $0.target == "/smuggled" })
  }
}
