import TestKit
import Testing

@Suite("The service manager", .timeLimit(.minutes(30)))
struct ServiceManagerTests {
  private func start(
    telling socket: ServiceManagerSocket, _ change: (inout GatewayProcess.Options) -> Void = { _ in }
  ) throws -> GatewayProcess {
    try GatewayProcess(before: SimulatorProcess()) {
      $0.environment["NOTIFY_SOCKET"] = socket.name
      change(&$0)
    }
  }

  @Test("is told when all is open, where, and that the end has begun", arguments: [false, true])
  func life(isAbstract: Bool) throws {
    let socket = try ServiceManagerSocket(isAbstract: isAbstract)
    let gateway = try start(telling: socket)
    try wait { socket.messages.count == 1 }
    #expect(socket.messages == ["READY=1\nSTATUS=serving 1 teams on \(gateway.addresses[0])"])
    #expect(gateway.terminate() == 0)
    try wait { socket.messages.count == 2 }
    #expect(socket.messages.last?.hasPrefix("STOPPING=1\nSTATUS=") == true)
  }

  @Test("hears nothing of a start that fails")
  func failed() throws {
    let socket = try ServiceManagerSocket()
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.environment["NOTIFY_SOCKET"] = socket.name
    options.ledger = "missing/ledger.db"
    let child = try GatewayProcess.start(options, in: Scratch())
    #expect(child.waitForExit() == 1)
    #expect(socket.messages.isEmpty)
  }

  @Test("gets signs of life for as long as it wants them, also while signals come and while requests end")
  func watchdog() throws {
    let socket = try ServiceManagerSocket()
    let gateway = try start(telling: socket) {
      $0.environment["WATCHDOG_USEC"] = "3000000"
      $0.server = ["workers: 2", "drain: {delay: 60s}"]
    }
    func signs() -> Int { socket.messages.count { $0 == "WATCHDOG=1" } }
    try wait { signs() >= 2 }
    let before = signs()
    try wait {
      gateway.process.signal(1)
      return signs() > before + 1
    }
    gateway.process.signal(15)
    try wait { socket.messages.contains { $0.hasPrefix("STOPPING=1") } }
    let stopping = signs()
    try wait { signs() > stopping + 1 }
    #expect(gateway.terminate() == 0)
  }

  @Test("that doesn't read holds nothing up, and hears how things stand when it does")
  func full() throws {
    let socket = try ServiceManagerSocket(isReading: false)
    socket.fill()
    let gateway = try start(telling: socket)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    socket.read()
    try wait { socket.messages.contains { $0.hasPrefix("READY=1\n") } }
    #expect(gateway.terminate() == 0)
  }

  @Test(
    "that wants no signs of life, or another process's, gets none",
    arguments: [[:], ["WATCHDOG_PID": "1"], ["WATCHDOG_USEC": "0"], ["WATCHDOG_USEC": "-5"]])
  func noWatchdog(more: [String: String]) throws {
    let socket = try ServiceManagerSocket()
    let gateway = try start(telling: socket) {
      if more["WATCHDOG_PID"] != nil { $0.environment["WATCHDOG_USEC"] = "1000" }
      $0.environment.merge(more) { $1 }
    }
    _ = try gateway.create(GatewayProcess.command("c-1"))
    #expect(gateway.terminate() == 0)
    #expect(socket.messages.count == 2)
  }

  @Test("that is not there, or is no socket, is not missed", arguments: ["/nowhere/socket", "", "relative", "@"])
  func absent(name: String) throws {
    let gateway = try GatewayProcess(before: SimulatorProcess()) {
      $0.environment["NOTIFY_SOCKET"] = name
      $0.environment["WATCHDOG_USEC"] = "not a number"
    }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    #expect(gateway.terminate() == 0)
  }

  @Test("keeps the token as a credential")
  func credential() throws {
    let scratch = try Scratch()
    try scratch.write("\(SimulatorProcess.token)\n", to: "credentials/telnyx")
    let gateway = try GatewayProcess(before: SimulatorProcess()) {
      $0.environment = ["CREDENTIALS_DIRECTORY": scratch.path("credentials")]
      $0.tokens = ["credential: telnyx"]
    }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
  }
}
