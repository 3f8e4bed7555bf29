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
    for client in clients { try client.send(RequestTests.get("/held")) }
    _ = try listener.requests(2)
    let answer = try listener.exchange(RequestTests.post("{}"))
    let reply = try #require(answer.flatMap(WireReply.parseAll))
    #expect(reply.status == 503)
    #expect(reply.code == "10037")
    #expect(reply.headers["connection"] == "close")
    listener.tell(.release)
    for client in clients {
      #expect(try client.readReply().status == 200)
      try client.send(RequestTests.post("within"))
      #expect(try client.readReply().text == "within")
    }
    clients.removeLast()
    try listener.waitForConnections(1)
    let client = try listener.connect()
    try client.send(RequestTests.post("again"))
    #expect(try client.readReply().text == "again")
  }

  @Test(
    "lets those who use none go first: they make room for another, the oldest first, and those last who have used it")
  func room() throws {
    let listener = try RunningListener { $0.maxConnections = 4 }
    let used = try listener.connect()
    try used.send(RequestTests.post("used"))
    #expect(try used.readReply().text == "used")
    let busy = try listener.connect()
    try busy.send(RequestTests.get("/held"))
    _ = try listener.requests(2)
    let idle = try (0..<2).map { _ in try listener.connect() }
    try listener.waitForConnections(4)
    var kept: [WireClient] = []
    for (number, leaver) in (idle + [used]).enumerated() {
      #expect(leaver.isSilent)
      let client = try listener.connect()
      try client.send(RequestTests.get("/held"))
      _ = try listener.requests(3 + number)
      #expect(leaver.readToEnd() == [])
      kept.append(client)
    }
    // Nobody is left who could go.
    #expect(try listener.exchange(RequestTests.post("{}")).flatMap(WireReply.parseAll)?.status == 503)
    listener.tell(.release)
    for client in kept + [busy] { #expect(try client.readReply().status == 200) }
  }

  @Test("is not reached by those who were answered for the last time and don't leave")
  func lingering() throws {
    let listener = try RunningListener { $0.maxConnections = 2 }
    let answered = try (0..<6).map { _ in
      let client = try listener.connect()
      try client.send("GET / HTTP/1.1\r\n\r\n")
      #expect(try client.readReply().status == 400)
      return client
    }
    let client = try listener.connect()
    try client.send(RequestTests.post("served"))
    #expect(try client.readReply().text == "served")
    withExtendedLifetime(answered) {}
  }

  @Test("far beyond the limit is closed without a word")
  func farBeyond() throws {
    let listener = try RunningListener { $0.maxConnections = 1 }
    var clients = try (0..<65).map { _ in
      let client = try listener.connect()
      // Who has begun to ask makes no room for others.
      try client.send("GET / HTTP/1.1\r\n")
      return client
    }
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

  @Test("is the same for each worker, whichever accepts them", arguments: [2, 3])
  func balance(workers: Int) throws {
    let first = try RunningListener(workers: workers)
    let others = try (1..<workers).map { try RunningListener(beside: first, as: $0) }
    // Each has turned once, and so takes what others hand on.
    for other in others { other.tell(.release) }
    try wait { others.allSatisfy { $0.turnCount > 0 } }
    var clients = try (0..<30).map { _ in try first.connect() }
    try first.waitForConnections(30)
    // Two that accept at the same moment may choose the same third.
    for worker in 0..<workers { #expect(abs(first.connections.count(of: worker) - 30 / workers) <= 2) }
    for client in clients {
      try client.send(RequestTests.post("served"))
      #expect(try client.readReply().text == "served")
    }
    clients.removeAll()
    try first.waitForConnections(0)
    withExtendedLifetime(others) {}
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
