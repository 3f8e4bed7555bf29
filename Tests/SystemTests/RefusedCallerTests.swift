import JSON
import TestKit
import Testing

@Suite("A caller who is not known", .timeLimit(.minutes(30)))
struct RefusedCallerTests {
  private static let refused = Refused(401, "unauthenticated", "10009")

  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let lines: [String]
  }

  private static let key = GatewayProcess.key

  static let credentials = [
    Row(testDescription: "no key", lines: []),
    Row(testDescription: "a wrong key", lines: ["Authorization: Bearer not-\(key)"]),
    Row(testDescription: "the beginning of a key", lines: ["Authorization: Bearer \(key.dropLast())"]),
    Row(testDescription: "the digest of a key", lines: ["Authorization: Bearer \(GatewayProcess.digest(key))"]),
    Row(testDescription: "the upstream token", lines: ["Authorization: Bearer \(SimulatorProcess.token)"]),
    Row(testDescription: "another scheme", lines: ["Authorization: Basic \(key)"]),
    Row(testDescription: "no scheme", lines: ["Authorization: \(key)"]),
    Row(testDescription: "a scheme alone", lines: ["Authorization: Bearer"]),
    Row(testDescription: "two keys", lines: ["Authorization: Bearer \(key)", "Authorization: Bearer \(key)"]),
    Row(
      testDescription: "a right and a wrong key", lines: ["Authorization: Bearer \(key)", "Authorization: Bearer x"]),
    Row(testDescription: "a key in another field", lines: ["X-Api-Key: \(key)"]),
  ]

  @Test("is told just that, is not sent, and is on the record once", arguments: credentials)
  func refused(row: Row) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator)
    Self.refused.check(try gateway.create(GatewayProcess.command("c-1"), key: nil, headers: row.lines))
    let records = try gateway.recordsAtEnd()
    #expect(records.map { Record($0) } == [Record("refused", 401)])
    #expect(records.first?["team"] == nil)
    #expect(records.first?["caller"] == nil)
    #expect(try simulator.received() == 0)
  }

  @Test("learns nothing else, whatever else is wrong")
  func learnsNothing() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_body: 1KiB"] }
    let requestID = ["X-Request-Id: the-same"]
    let plain = try gateway.create(GatewayProcess.command("c-1"), key: "wrong", headers: requestID)
    Self.refused.check(plain)
    let others = [
      try gateway.create("no JSON", key: "wrong", headers: requestID),
      try gateway.create("{}", key: "wrong", headers: requestID),
      try gateway.create(String(repeating: " ", count: 2000), key: "wrong", headers: requestID),
      try gateway.create("{}", key: "wrong", headers: requestID + ["Content-Encoding: gzip"]),
      try gateway.create("{}", key: "wrong", headers: requestID + ["Idempotency-Key: \""]),
      try gateway.call("POST", "/conferences:explain", "{}", key: "wrong", headers: requestID),
      try gateway.call("GET", "/operations/c-1", key: "wrong", headers: requestID),
    ]
    for other in others {
      #expect(other.status == plain.status)
      #expect(other.body == plain.body)
      #expect(other.headers["www-authenticate"] == plain.headers["www-authenticate"])
    }
    #expect(try gateway.audit(others.count + 1).allSatisfy { Record($0) == Record("refused", 401) })
  }

  @Test("is anybody where the team says so, but not with a wrong key")
  func anonymous() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.teams = ["open": "version: 1\nteam: open\ncallers: [{name: anyone, anonymous: true}]\n"]
    }
    #expect(try gateway.create(GatewayProcess.command("c-1"), key: nil).status == 200)
    Self.refused.check(try gateway.create(GatewayProcess.command("c-2"), key: "wrong"))
    #expect(try gateway.audit(1).first?["caller"]?.string == "anyone")
  }

  @Test("is known by its uid on a Unix socket")
  func unixUser() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.server = ["listen: [\"unix:convene.sock\", 127.0.0.1:0]"]
      $0.teams = ["local": "version: 1\nteam: local\ncallers: [{name: me, unix_uid: \(Self.uid)}]\n"]
    }
    #expect(try gateway.create(GatewayProcess.command("c-1"), key: nil).status == 200)
    let record = try #require(try gateway.audit(1).first)
    #expect(record["caller"]?.string == "me")
    #expect(record["peer"]?.string == "unix:uid=\(Self.uid)")
    let overTCP = try WireClient(address: gateway.addresses[1])
    try overTCP.send(WireClient.request("POST", "/conferences", GatewayProcess.command("c-2"), key: nil))
    Self.refused.check(try overTCP.readReply())
  }

  private static let uid = ChildProcess.userID
}
