import Gateway
import Listener
import TestKit
import Testing

@Suite("The number of connections", .timeLimit(.minutes(10)))
struct LimitTests {
  @Test("is limited: one too many is told so and closed, until another goes")
  func limit() throws {
    let listener = try RunningListener { $0.maxConnections = 2 }
    var clients = try (0..<2).map { _ in try listener.connect() }
    try listener.waitForConnections(2)
    let answer = try listener.exchange(RequestTests.post("{}"))
    let reply = try #require(answer.flatMap(WireReply.parseAll))
    #expect(reply.status == 503)
    #expect(reply.code == "10037")
    #expect(reply.headers["connection"] == "close")
    for client in clients {
      try client.send(RequestTests.post("within"))
      #expect(try client.readReply().text == "within")
    }
    clients.removeLast()
    try listener.waitForConnections(1)
    let client = try listener.connect()
    try client.send(RequestTests.post("again"))
    #expect(try client.readReply().text == "again")
  }

  @Test("far beyond the limit is closed without a word")
  func farBeyond() throws {
    let listener = try RunningListener { $0.maxConnections = 1 }
    var clients = try (0..<65).map { _ in try listener.connect() }
    try listener.waitForConnections(65)
    #expect(try listener.connect().readToEnd() == [])
    clients.removeAll()
    try listener.waitForConnections(0)
    let client = try listener.connect()
    try client.send(RequestTests.post("again"))
    #expect(try client.readReply().text == "again")
  }

  @Test("of callers leaves the admin door alone")
  func admin() throws {
    let listener = try RunningListener({ $0.maxConnections = 1 }, surface: .admin)
    let clients = try (0..<10).map { _ in try listener.connect() }
    for client in clients {
      try client.send(RequestTests.get("/at-once"))
      #expect(try client.readReply().status == 200)
    }
    #expect(listener.connections.count == 0)
  }

  @Test("is zero again after a crowd of every kind has gone")
  func allGiveTheirPlaceBack() throws {
    // libmicrohttpd overlooks an end that arrives with the last bytes before it: then the deadline closes.
    let listener = try RunningListener {
      $0.maxBody = 1024
      $0.headerTimeout = .seconds(1)
      $0.bodyTimeout = .seconds(1)
      $0.idleTimeout = .seconds(1)
    }
    for request in [
      "", "GET", "GET / HTTP/1.1\r\n", "nonsense\r\n\r\n", RequestTests.get("/"), RequestTests.get("/held"),
      RequestTests.get("/close"), RequestTests.post(String(repeating: "x", count: 5000)),
      "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n", "GET / HTTP/1.1\r\n\r\n",
      RequestTests.get("/bytes/3000000"),
    ] {
      for resets in [false, true] {
        let client = try listener.connect()
        try client.send(request)
        if resets { client.willReset() }
      }
    }
    listener.tell(.release)
    try wait {
      listener.tell(.release)
      return listener.connections.count == 0
    }
  }

  @Test("refuses at once to connect when no more are accepted, and what is open goes on")
  func stopped() throws {
    let listener = try RunningListener()
    let client = try listener.connect()
    try client.send(RequestTests.get("/held"))
    _ = try listener.requests(1)
    let early = try listener.connect()
    listener.tell(.stopAccepting)
    try early.send(RequestTests.post("connected before"))
    #expect(try early.readReply().text == "connected before")
    try wait { (try? listener.connect()) == nil }
    listener.tell(.release)
    #expect(try client.readReply().status == 200)
  }
}
