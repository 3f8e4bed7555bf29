import Conference
import Gateway
import Listener
import Metrics
import Synchronization
import TestKit
import Testing

@Suite("The number of connections", .timeLimit(.minutes(30)))
struct LimitTests {
  @Test("is limited: one too many is told so and closed, until another goes")
  func limit() throws {
    let listener = try RunningListener { $0.maxConnections = 2 }
    var clients = try (0..<2).map { _ in try listener.connect() }
    for (number, client) in clients.enumerated() {
      try client.send(RequestTests.get("/held", "Authorization: \(number)"))
    }
    _ = try listener.requests(2)
    let answer = try listener.exchange(RequestTests.post("{}", to: "/", "Authorization: 2"))
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

  /// What keeps a connection from nobody: it says nothing, or something unfinished, or is a stranger's.
  static let unheard = [
    "", "POST /c HT", "\r\n", "POST /c HTTP/1.1\r\n", "POST /c HTTP/1.1\r\nX:",
    "POST / HTTP/1.1\r\nHost: h\r\nAuthorization: a\r\n",
  ]

  @Test(
    "makes room for another: known callers' that are idle go first, then who has just come, the oldest first",
    arguments: unheard)
  func room(begun: String) throws {
    // Who has come so lately has just come.
    let listener = try RunningListener {
      $0.maxConnections = 4
      $0.headerTimeout = .seconds(6000)
    }
    let idle = try listener.connect()
    try idle.send(RequestTests.post("idle", to: "/", "Authorization: a"))
    #expect(try idle.readReply().text == "idle")
    let busy = try listener.connect()
    try busy.send(RequestTests.get("/held", "Authorization: a"))
    _ = try listener.requests(2)
    let unheard = try (0..<2).map { _ in
      let client = try listener.connect()
      try client.send(begun)
      return client
    }
    try listener.waitForConnections(4)
    // What they have sent was read when this is answered.
    try idle.send(RequestTests.post("idle", to: "/", "Authorization: a"))
    #expect(try idle.readReply().text == "idle")
    var kept: [WireClient] = []
    func come() throws {
      let client = try listener.connect()
      try client.send(RequestTests.get("/held", "Authorization: \(kept.count)"))
      kept.append(client)
      _ = try listener.requests(3 + kept.count)
    }
    for leaver in [idle, unheard[0]] {
      #expect(leaver.isSilent)
      try come()
      #expect(leaver.readToEnd() == [])
    }
    #expect(listener.received.dismissed.value == 2)
    #expect(unheard[1].isSilent)
    try come()
    // Each place is held by a request.
    let answer = try listener.exchange(RequestTests.post("{}", to: "/", "Authorization: b"))
    #expect(answer.flatMap(WireReply.parseAll)?.status == 503)
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

  @Test("makes room: who has had time to say who it is, and has not, goes before known callers' that are idle")
  func overdue() throws {
    let listener = try RunningListener {
      $0.maxConnections = 2
      $0.headerTimeout = .seconds(10)
      $0.idleTimeout = .seconds(600)
    }
    let overdue = try listener.connect()
    try overdue.send("GET / HTTP/1.1\r\n")
    let idle = try listener.connect()
    // A fifth of the time for a head has passed.
    let end = ContinuousClock.now + .milliseconds(2500)
    repeat {
      try idle.send(RequestTests.post("idle", to: "/", "Authorization: a"))
      #expect(try idle.readReply().text == "idle")
    } while ContinuousClock.now < end
    let client = try listener.connect()
    try client.send(RequestTests.post("client"))
    #expect(try client.readReply().text == "client")
    #expect(overdue.readToEnd() == [])
    #expect(idle.isSilent)
  }

  @Test("is kept from no known caller by a crowd that never says who it is, however large", arguments: unheard)
  func crowd(begun: String) throws {
    let listener = try RunningListener {
      $0.maxConnections = 10
      $0.headerTimeout = .seconds(6000)
    }
    let crowd = try (0..<300).map { _ in
      let client = try listener.connect()
      try? client.send(begun)
      return client
    }
    for number in 0..<20 {
      let client = try listener.connect()
      try client.send(RequestTests.post("\(number)", to: "/", "Authorization: a"))
      #expect(try client.readReply().text == "\(number)")
    }
    #expect(listener.received.dismissed.value >= 290)
    withExtendedLifetime(crowd) {}
  }

  @Test("is kept from no known caller by strangers who ask without end and read nothing")
  func unread() throws {
    let listener = try RunningListener {
      $0.maxConnections = 2
      $0.idleTimeout = .seconds(600)
    }
    let crowd = try (0..<4).map { _ in
      let client = try listener.connect()
      try client.send(RequestTests.get("/bytes/20000000"))
      return client
    }
    let client = try listener.connect()
    try client.send(RequestTests.post("heard", to: "/", "Authorization: a"))
    #expect(try client.readReply().text == "heard")
    withExtendedLifetime(crowd) {}
  }

  @Test("is exceeded by some who are told so; those who come too late even for that wait until there is room")
  func farBeyond() throws {
    let listener = try RunningListener { $0.maxConnections = 1 }
    let busy = try listener.connect()
    try busy.send(RequestTests.get("/held", "Authorization: a"))
    _ = try listener.requests(1)
    let clients = try (0..<200).map { _ in try listener.connect() }
    // The newest ones are told, the oldest had to go.
    for client in clients.suffix(32) {
      try client.send(RequestTests.post("{}", to: "/", "Authorization: b"))
      #expect(try client.readReply().status == 503)
    }
    #expect(clients[0].readToEnd() == [])
    listener.tell(.release)
    #expect(try busy.readReply().status == 200)
  }

  @Test("is shared out: a caller may have as many under way as are left free, another its first always")
  func share() throws {
    let listener = try RunningListener { $0.maxConnections = 9 }
    func ask(_ caller: String, _ target: String = "/held") throws -> WireClient {
      let client = try listener.connect()
      try client.send(RequestTests.get(target, "Authorization: \(caller)"))
      return client
    }
    var held: [WireClient] = []
    for (count, caller) in [(4, "a"), (2, "b"), (1, "c"), (1, "d")] {
      for _ in 0..<count {
        held.append(try ask(caller))
        _ = try listener.requests(held.count)
      }
      let reply = try ask(caller, "/").readReply()
      #expect(reply.status == 503)
      #expect(reply.code == "10037")
      #expect(listener.received.requests.withLock { $0.removeLast() }.bodyFault?.kind == .overloaded)
    }
    listener.tell(.release)
    for client in held { #expect(try client.readReply().status == 200) }
    // Each has given back its own.
    for _ in 0..<4 { held.append(try ask("a")) }
    _ = try listener.requests(12)
    listener.tell(.release)
    for client in held.suffix(4) { #expect(try client.readReply().status == 200) }
  }

  @Test("of those who ask at the admin listener and never end keeps no probe from it", arguments: unheard)
  func adminCrowd(begun: String) throws {
    let listener = try RunningListener({ $0.headerTimeout = .seconds(6000) }, surface: .admin)
    let crowd = try (0..<300).map { _ in
      let client = try listener.connect()
      try? client.send(begun)
      return client
    }
    for _ in 0..<10 {
      let client = try listener.connect()
      try client.send(RequestTests.get("/at-once"))
      #expect(try client.readReply().status == 200)
    }
    #expect(listener.received.dismissed.value >= 230)
    withExtendedLifetime(crowd) {}
  }

  @Test("of callers leaves the admin listener alone")
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
    let first = try RunningListener({ $0.headerTimeout = .seconds(600) }, workers: workers)
    let others = try (1..<workers).map { try RunningListener(beside: first, as: $0) }
    // Each has turned once, and so takes what others hand on.
    for listener in [first] + others { listener.tell(.release) }
    try wait { ([first] + others).allSatisfy { $0.turnCount > 0 } }
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
