import Foundation
import JSON
import TestKit
import Testing

@Suite("The listeners of one process", .timeLimit(.minutes(30)))
struct WireListenerTests {
  let simulator: SimulatorProcess

  init() throws { simulator = try SimulatorProcess() }

  private static let anyone = "version: 1\nteam: open\ncallers:\n  - {name: anyone, anonymous: true}\n"

  private func gateway(workers: Int = 1, _ change: (inout GatewayProcess.Options) -> Void = { _ in }) throws
    -> (GatewayProcess, socket: String)
  {
    let scratch = try Scratch()
    let socket = scratch.path("s")
    let gateway = try GatewayProcess(before: simulator) {
      $0.scratch = scratch
      $0.admin = true
      $0.server = ["listen: [127.0.0.1:0, \"unix:\(socket)\"]", "workers: \(workers)"]
      change(&$0)
    }
    return (gateway, socket)
  }

  @Test("take callers over TCP and over a Unix socket, with one worker and with several", arguments: [1, 3])
  func bothListeners(workers: Int) throws {
    let (gateway, socket) = try gateway(workers: workers)
    let replies = try concurrently(24) { number in
      let client = try WireClient(address: number % 2 == 0 ? gateway.addresses[0] : "unix:\(socket)")
      var statuses: [Int] = []
      for turn in 0..<5 {
        let command = GatewayProcess.command("c-\(number)-\(turn)", name: "n-\(number)-\(turn)")
        try client.send(WireClient.request("POST", "/conferences", command, key: GatewayProcess.key))
        statuses.append(try client.readReply().status)
      }
      return statuses
    }
    #expect(replies.flatMap { $0 } == Array(repeating: 200, count: 120))
    #expect(try simulator.executed().count == 120)
  }

  @Test("let a request be answered by another worker's connection again", arguments: [2, 4])
  func replayAcrossWorkers(workers: Int) throws {
    let (gateway, _) = try gateway(workers: workers)
    let replies = try concurrently(24) { _ in try gateway.create(GatewayProcess.command("c-1")) }
    #expect(Set(replies.map(\.status)) == [200])
    #expect(Set(replies.map(\.body)).count == 1)
    #expect(try simulator.executed().count == 1)
  }

  @Test("know an anonymous caller, but nobody by a wrong key")
  func anonymous() throws {
    let (gateway, socket) = try gateway { $0.teams = ["open": Self.anyone] }
    #expect(try gateway.create(GatewayProcess.command("c-1"), key: nil).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-2"), key: "wrong").status == 401)
    let client = try WireClient(address: "unix:\(socket)")
    try client.send(
      WireClient.request("POST", "/conferences", GatewayProcess.command("c-3", name: "other"), key: nil))
    #expect(try client.readReply().status == 200)
  }

  @Test("serve each its own: what is behind one is not found at the other")
  func apart() throws {
    let (gateway, _) = try gateway()
    for path in ["/health", "/ready", "/metrics"] {
      #expect(try gateway.admin(path).status == 200)
      let reply = try gateway.call("GET", path)
      #expect(reply.status == 404)
      #expect(reply.code == "10005")
    }
    for path in [
      "/", "/conferences", "/v2/conferences", "/operations/c-1", "/health//", "//health",
    ] {
      #expect(try gateway.admin(path).status == 404)
    }
    let client = try WireClient(address: gateway.addresses[2])
    try client.send(WireClient.request("POST", "/health", "", key: nil))
    let refused = try client.readReply()
    #expect(refused.status == 405)
    #expect(refused.headers["allow"] == "GET, HEAD")
  }

  @Test("take a slash at the end of a path for nothing", arguments: ["/health/", "/ready/", "/metrics/"])
  func slash(path: String) throws {
    let (gateway, _) = try gateway()
    #expect(try gateway.admin(path).status == 200)
  }

  @Test(
    "judge a head alike",
    arguments: [
      ("GET /health HTTP/1.1\r\nHost: a/b@c\r\n\r\n", 400), ("GET /health HTTP/1.1\r\n\r\n", 400),
      ("GET /health HTTP/1.1\r\nHost: h\r\nExpect: 200-ok\r\n\r\n", 417),
      ("GET http://u@h/health HTTP/1.1\r\nHost: h\r\n\r\n", 400),
    ])
  func alike(head: String, status: Int) throws {
    let (gateway, socket) = try gateway()
    for address in [gateway.addresses[0], "unix:\(socket)", gateway.addresses[2]] {
      let client = try WireClient(address: address)
      try client.send(head)
      let reply = try #require(client.readToEnd().flatMap(WireReply.parseAll))
      #expect(reply.status == status)
      #expect(reply.code == "10015")
      #expect(reply.meta?["source"]?.string == "convene")
    }
    #expect(try simulator.journal()["requests"]?.integer == 0)
  }

  @Test("take a whole URL for its path, whatever host it names")
  func url() throws {
    let (gateway, socket) = try gateway()
    let path = "http://localhost:8080/health/"
    #expect(try gateway.admin(path).status == 200)
    for address in [gateway.addresses[0], "unix:\(socket)"] {
      let client = try WireClient(address: address)
      try client.send(
        WireClient.request(
          "POST", "HTTPS://api.telnyx.com/v2/conferences/", GatewayProcess.command("c-1"), key: GatewayProcess.key))
      #expect(try client.readReply().status == 200)
    }
    #expect(try simulator.executed().count == 1)
  }

  @Test("stay apart in a crowd: callers up to the limit leave the admin listener open")
  func crowd() throws {
    let (gateway, _) = try gateway { $0.server += ["max_connections: 2"] }
    let idle = try (0..<10).map { _ in try gateway.connect() }
    #expect(try gateway.admin("/health").status == 200)
    // Who holds a connection and asks nothing makes room for who does.
    #expect(try gateway.create(GatewayProcess.command("c-0", name: "other")).status == 200)
    withExtendedLifetime(idle) {}
    let clients = try (0..<10).map { _ in try gateway.connect() }
    for client in clients { try client.send("POST /conferences HTTP/1.1\r\n") }
    #expect(try gateway.admin("/health").status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    withExtendedLifetime(clients) {}
  }

  @Test("have room for whoever comes right behind those who held all places and left")
  func left() throws {
    let (gateway, _) = try gateway { $0.server += ["max_connections: 4"] }
    for round in 1...5 {
      var crowd = try (0..<8).map { _ in try gateway.connect() }
      #expect(try gateway.admin("/health").status == 200)
      // So it finds in one turn that they have left, and who came meanwhile.
      gateway.process.signal(SIGSTOP)
      crowd.removeAll()
      let client = try gateway.connect()
      let body = GatewayProcess.command("c-\(round)", name: "n-\(round)")
      try client.send(WireClient.request("POST", "/v2/conferences", body, key: GatewayProcess.key))
      gateway.process.signal(SIGCONT)
      #expect(try client.readReply().status == 200)
    }
  }

  @Test("answer at the admin listener, too, in JSON what has no head to trust")
  func ambiguousAdmin() throws {
    let (gateway, _) = try gateway()
    let client = try WireClient(address: gateway.addresses[2])
    try client.send("GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n")
    let reply = try #require(client.readToEnd().flatMap(WireReply.parseAll))
    #expect(reply.status == 400)
    #expect(try reply.json()["errors"]?.array?.first?["meta"]?["source"]?.string == "convene")
  }

  @Test("of a killed process are opened by the next, which removes its socket's file at its end")
  func killed() throws {
    let (gateway, socket) = try gateway()
    gateway.kill()
    #expect(FileManager.default.fileExists(atPath: socket))
    let next = try gateway.restarted()
    withExtendedLifetime(try WireClient(address: "unix:\(socket)")) {}
    #expect(next.terminate() == 0)
    #expect(!FileManager.default.fileExists(atPath: socket))
  }

  @Test("of a living process are not taken from it")
  func taken() throws {
    let (gateway, socket) = try gateway()
    var options = gateway.options
    options.scratch = try Scratch()
    options.ledger = "other.db"
    let second = try GatewayProcess.start(options, in: unwrap(options.scratch, "none"))
    #expect(second.waitForExit() == 1)
    #expect(second.standardError.contains("can't listen on unix:\(socket)"))
    withExtendedLifetime(try WireClient(address: "unix:\(socket)")) {}
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
  }
}
