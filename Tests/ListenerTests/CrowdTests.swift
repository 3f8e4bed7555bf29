import Gateway
import Listener
import Metrics
import Synchronization
import TestKit
import Testing

/// Who is kept where there are more connections than may be, and who hears why not. A thread that stands still makes sure of
/// what its turn finds.
@Suite("A crowd", .timeLimit(.minutes(30)))
struct CrowdTests {
  private static func known(_ caller: Int, _ target: String) -> String {
    RequestTests.get(target, "Authorization: \(caller)")
  }

  @Test("leaves whoever comes a place of any worker's, however many come while one of them stands still")
  func workers() throws {
    let first = try RunningListener(
      {
        $0.maxConnections = 8
        $0.headerTimeout = .seconds(6000)
      }, workers: 2)
    let second = try RunningListener(beside: first, as: 1)
    for listener in [first, second] { listener.tell(.release) }
    try wait { first.turnCount > 0 && second.turnCount > 0 }
    var idle: [WireClient] = []
    for number in 0..<8 {
      idle.append(try first.connect())
      try idle[number].send(Self.known(number, "/"))
      #expect(try idle[number].readReply().status == 200)
    }
    let gate = second.stand()
    var clients: [WireClient] = []
    for number in 8..<16 {
      let client = try first.connect()
      try client.send(Self.known(number, "/held"))
      clients.append(client)
      // It was accepted, and given to one of them.
      try wait { first.connections.count + first.received.dismissed.value > number }
    }
    gate.open()
    func held() -> Int {
      [first, second].map { $0.received.requests.withLock { $0 }.count { $0.target == "/held" && $0.bodyFault == nil } }
        .reduce(0, +)
    }
    try wait { held() == 8 }
    // Now each place is held by a known caller's request.
    let late = try first.connect()
    try late.send(Self.known(16, "/late"))
    let reply = try late.readReply()
    #expect(reply.status == 503)
    #expect(reply.code == "10037")
    for listener in [first, second] { listener.tell(.release) }
    for client in clients { #expect(try client.readReply().status == 200) }
    withExtendedLifetime(idle) {}
  }

  @Test(
    "of those whose bytes nobody has read yet keeps no known caller out",
    arguments: ["POST /c HTTP/1.1\r\n", "\r\n", "P"])
  func unread(begun: String) throws {
    let listener = try RunningListener {
      $0.maxConnections = 2
      $0.headerTimeout = .seconds(6000)
    }
    let crowd = try (0..<2).map { _ in try listener.connect() }
    try listener.waitForConnections(2)
    for number in 0..<10 {
      let gate = listener.stand()
      for client in crowd { try? client.send(begun) }
      let client = try listener.connect()
      try client.send(Self.known(number, "/"))
      gate.open()
      #expect(try client.readReply().status == 200)
    }
  }

  @Test("pushes nobody out who has come in the same moment, and has not said anything yet")
  func silent() throws {
    let listener = try RunningListener {
      $0.maxConnections = 2
      $0.headerTimeout = .seconds(6000)
    }
    let crowd = try (0..<2).map { _ in
      let client = try listener.connect()
      try client.send(RequestTests.get("/held"))
      return client
    }
    _ = try listener.requests(2)
    let clients = try (0..<8).map { _ in try listener.connect() }
    try wait { listener.connections.count == 10 - listener.received.dismissed.value }
    // The two strangers are about to go: so the last two have a place.
    for client in clients.suffix(2) { #expect(client.isSilent) }
    listener.tell(.release)
    for client in crowd { #expect(try client.readReply().status == 200) }
    for (number, client) in clients.suffix(2).enumerated() {
      try client.send(Self.known(number, "/"))
      #expect(try client.readReply().status == 200)
    }
  }

  @Test("pushes nobody out who is being refused: each stranger hears it, and then goes")
  func refused() throws {
    let listener = try RunningListener { $0.maxConnections = 2 }
    let strangers = try (0..<2).map { _ in
      let client = try listener.connect()
      try client.send(RequestTests.get("/held"))
      return client
    }
    _ = try listener.requests(2)
    for number in 0..<3 {
      let client = try listener.connect()
      try client.send(Self.known(number, "/"))
      #expect(try client.readReply().status == 200)
    }
    let inside = try (3..<5).map { number in
      let client = try listener.connect()
      try client.send(Self.known(number, "/held"))
      return client
    }
    _ = try listener.requests(7)
    listener.tell(.release)
    for client in strangers {
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.headers["connection"] == "close")
    }
    for client in inside {
      let reply = try client.readReply()
      #expect(reply.status == 200)
      #expect(reply.headers["connection"] != "close")
    }
  }

  @Test("of strangers who are being refused, as many as there can be, keeps a known caller waiting and no longer")
  func exhausted() throws {
    let listener = try RunningListener {
      $0.maxConnections = 2
      $0.bodyTimeout = .seconds(6000)
    }
    let strangers = try (0..<66).map { _ in
      let client = try listener.connect()
      try client.send(RequestTests.get("/held"))
      return client
    }
    _ = try listener.requests(66)
    let client = try listener.connect()
    try client.send(Self.known(0, "/"))
    listener.tell(.release)
    for stranger in strangers { #expect(try stranger.readReply().status == 200) }
    #expect(try client.readReply().status == 200)
  }

  @Test("of those whose heads drip in keeps no known caller out")
  func dripping() throws {
    let listener = try RunningListener {
      $0.maxConnections = 2
      $0.headerTimeout = .seconds(6000)
    }
    let crowd = try (0..<66).map { _ in
      let client = try listener.connect()
      try? client.send("GET / HTTP/1.1\r\nX: ")
      return client
    }
    for number in 0..<10 {
      // In each turn that looks for room there is something to read of everyone.
      let client = try listener.connect()
      try client.send(Self.known(number, "/"))
      for _ in 0..<40 {
        let gate = listener.stand()
        for client in crowd { try? client.send("x") }
        gate.open()
      }
      #expect(try client.readReply().status == 200)
    }
  }
}
