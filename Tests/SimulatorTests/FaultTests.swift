import JSON
import TestKit
import Testing

@Suite("The simulator's faults", .timeLimit(.minutes(30)))
struct FaultTests {
  let simulator: SimulatorProcess
  let body = #"{"call_control_id":"v3:leg","name":"standup","command_id":"one"}"#

  init() throws { simulator = try SimulatorProcess() }

  private func executed() throws -> Int { try #require(try simulator.journal()["executed"]?.array?.count) }

  /// All that a create with this fault is answered, until the connection ends; nil when it ends with a reset.
  private func bytes(_ fault: String) throws -> [UInt8]? {
    let client = try simulator.connect()
    try client.create(body, fault: fault)
    return client.readToEnd()
  }

  @Test(
    "a status takes the place of executing, or of what executing replies",
    arguments: [
      ("status=503", 503, "10037", 0), ("status=429,retry-after=7", 429, "10011", 0), ("status=500", 500, "10007", 0),
      ("status-after=500", 500, "10007", 1), ("status-after=408,retry-after=7", 408, "10008", 1),
    ])
  func status(fault: String, status: Int, code: String, executions: Int) throws {
    let reply = try simulator.create(body, fault: fault)
    #expect(reply.status == status)
    #expect(reply.code == code)
    #expect(reply.headers["retry-after"] == (fault.contains("retry-after") ? "7" : nil))
    #expect(try executed() == executions)
  }

  @Test("a redirect names its place and executes nothing")
  func redirect() throws {
    let reply = try simulator.create(body, fault: "redirect=http://localhost/x=1")
    #expect(reply.status == 307)
    #expect(reply.headers["location"] == "http://localhost/x=1")
    #expect(try executed() == 0)
  }

  @Test("a close ends the connection without a byte", arguments: [("close-before", 0), ("close-after", 1)])
  func close(fault: String, executions: Int) throws {
    #expect(try bytes(fault) == [])
    #expect(try executed() == executions)
  }

  @Test("a reset is one", arguments: [("reset-before", 0), ("reset-after", 1)])
  func reset(fault: String, executions: Int) throws {
    #expect(try bytes(fault) == nil)
    #expect(try executed() == executions)
  }

  @Test(
    "a create that hangs or is delayed is not answered",
    arguments: [
      ("hang-before", 0), ("hang-after", 1), ("delay=3600000", 0), ("delay-after=3600000", 1),
    ])
  func hang(fault: String, executions: Int) throws {
    let client = try simulator.connect()
    try client.create(body, fault: fault)
    try simulator.waitForJournal { journal in
      journal["creates_received"] == .integer(1) && journal["executed"]?.array?.count == executions
    }
    #expect(client.isSilent)
  }

  @Test("a delayed create is answered in the end", arguments: ["delay=1", "delay-after=1"])
  func delay(fault: String) throws {
    #expect(try simulator.create(body, fault: fault).status == 200)
  }

  @Test("a trickled reply comes byte by byte, and whole")
  func trickle() throws {
    let client = try simulator.connect()
    try client.create(body, fault: "trickle=3600000")
    #expect(client.read() == [UInt8(ascii: "H")])
    #expect(client.isSilent)
    #expect(try simulator.create(body, fault: "trickle=0").status == 200)
    #expect(try executed() == 1)
  }

  @Test("a cut reply ends where it is cut")
  func cut() throws {
    #expect(try bytes("cut=8") == Array("HTTP/1.1".utf8))
    #expect(try bytes("cut=0") == [])
    #expect(try executed() == 1)
  }

  @Test("garbage is no HTTP")
  func garbage() throws {
    let bytes = try #require(try bytes("garbage"))
    #expect(!bytes.isEmpty)
    #expect(!bytes.starts(with: Array("HTTP".utf8)))
    #expect(try executed() == 1)
  }

  @Test("a garbage body is no JSON, and an empty one is no conference")
  func bodies() throws {
    let garbage = try simulator.create(body, fault: "garbage-body")
    #expect(garbage.status == 200)
    #expect(throws: JSONError.self) { try garbage.json() }
    let empty = try simulator.create(body, fault: "no-conference")
    #expect(String(decoding: empty.body, as: UTF8.self) == #"{"data":{}}"#)
    #expect(try executed() == 1)
  }

  @Test("a length may be too long, too short, or missing")
  func lengths() throws {
    let long = try #require(try bytes("long-length").flatMap { WireReply.parseAll($0) })
    #expect(long.headers["content-length"] == String(long.body.count + 64))
    let none = try #require(try bytes("no-length").flatMap { WireReply.parseAll($0) })
    #expect(none.headers["content-length"] == nil)
    #expect(none.conferenceID != nil)
    // Only the close makes the client's read end; a short length by itself leaves the connection open.
    let short = try #require(try bytes("short-length,close-idle").flatMap { WireReply.parseAll($0) })
    #expect(short.headers["content-length"] == String(short.body.count / 2))
    #expect(try executed() == 1)
  }

  @Test("a chunked reply comes in chunks")
  func chunked() throws {
    let reply = try #require(try bytes("chunked,close-idle").flatMap { WireReply.parseAll($0) })
    #expect(reply.headers["transfer-encoding"] == "chunked")
    #expect(reply.headers["content-length"] == nil)
    #expect(reply.body.suffix(7).elementsEqual(Array("\r\n0\r\n\r\n".utf8)))
  }

  @Test("early hints come before the reply")
  func earlyHints() throws {
    let client = try simulator.connect()
    try client.create(body, fault: "early-hints")
    #expect(try [client.readReply().status, client.readReply().status, client.readReply().status] == [100, 103, 200])
  }

  @Test("an idle connection is closed without a word of it")
  func closeIdle() throws {
    let reply = try #require(try bytes("close-idle").flatMap { WireReply.parseAll($0) })
    #expect(reply.headers["connection"] == "keep-alive")
    #expect(reply.conferenceID != nil)
  }

  @Test("headers can be added, and faults combine")
  func headers() throws {
    let reply = try simulator.create(body, fault: "header=x-should-retry:true,header=X-B: c:d,delay=1,status=503")
    #expect(reply.status == 503)
    #expect(reply.headers["x-should-retry"] == "true")
    #expect(reply.headers["x-b"] == "c:d")
  }
}
