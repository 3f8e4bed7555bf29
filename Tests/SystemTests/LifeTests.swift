import JSON
import TestKit
import Testing

@Suite("The life of a command", .timeLimit(.minutes(30)))
struct LifeTests {
  struct Row: Sendable, CustomTestStringConvertible {
    /// One for each send, in order; after them all goes well.
    let faults: [String]
    let status: Int
    /// How often it was sent, as the record says and as the simulator saw.
    var sends = 1
    var executed = 0
    /// What the gateway says of the command afterwards; nil = nothing is known of it.
    var state: String?
    /// Of the record.
    var upstreamStatus: Int?
    var upstreamCode: String?
    var attempts = 3

    var testDescription: String { faults.joined(separator: " ") + (attempts == 3 ? "" : " (\(attempts))") }
  }

  private static func thrice(_ fault: String) -> [String] { [fault, fault, fault] }

  /// Sent once: nothing is left to ask.
  static let settled = [
    Row(faults: [], status: 200, executed: 1, state: "done", upstreamStatus: 200),
    Row(faults: ["chunked"], status: 200, executed: 1, state: "done", upstreamStatus: 200),
    // The JSON is whole, whatever length was told.
    Row(faults: ["long-length"], status: 200, executed: 1, state: "done", upstreamStatus: 200),
    Row(faults: ["no-length"], status: 200, executed: 1, state: "done", upstreamStatus: 200),
    Row(faults: ["early-hints"], status: 200, executed: 1, state: "done", upstreamStatus: 200),
    Row(faults: ["trickle=0"], status: 200, executed: 1, state: "done", upstreamStatus: 200),
    Row(faults: ["status-after=201"], status: 201, executed: 1, state: "done", upstreamStatus: 201),
    Row(faults: ["status=400"], status: 400, upstreamStatus: 400, upstreamCode: "10015"),
    Row(faults: ["status=404"], status: 404, upstreamStatus: 404, upstreamCode: "10005"),
    Row(faults: ["status=409"], status: 409, upstreamStatus: 409, upstreamCode: "10036"),
    Row(faults: ["status=418"], status: 418, upstreamStatus: 418, upstreamCode: "10007"),
    Row(faults: ["status=422"], status: 422, upstreamStatus: 422, upstreamCode: "10027"),
    Row(faults: ["status=429"], status: 429, upstreamStatus: 429, upstreamCode: "10011"),
    Row(faults: ["status=401"], status: 502, upstreamStatus: 401, upstreamCode: "10009"),
    Row(faults: ["status=403"], status: 502, upstreamStatus: 403, upstreamCode: "10010"),
    Row(faults: ["redirect=https://elsewhere.example/v2"], status: 502, upstreamStatus: 307),
  ]

  /// May have been executed, though nobody can tell: sent again.
  static let resent =
    ["close-before", "reset-before", "hang-before", "status=408", "status=425", "status=500", "status=503"]
    .flatMap { fault in
      [
        Row(faults: [fault], status: 200, sends: 2, executed: 1, state: "done", upstreamStatus: 200),
        Row(
          faults: thrice(fault), status: 504, sends: 3, state: "unknown", upstreamStatus: status(of: fault),
          upstreamCode: code(of: fault)),
      ]
    } + [
      Row(
        faults: ["status=503"], status: 504, state: "unknown", upstreamStatus: 503, upstreamCode: "10037", attempts: 1)
    ]

  /// Was executed, but the reply was lost: Telnyx knows the command again.
  static let lost = [
    "close-after", "reset-after", "hang-after", "status-after=500", "garbage", "cut=0", "cut=9", "cut=40", "cut=300",
  ].flatMap { fault in
    [
      Row(faults: [fault], status: 200, sends: 2, executed: 1, state: "done", upstreamStatus: 200),
      Row(
        faults: [fault], status: 504, executed: 1, state: "unknown", upstreamStatus: status(of: fault),
        upstreamCode: code(of: fault), attempts: 1),
    ]
  }

  /// A 2xx that names no conference, although there is one: Telnyx is asked for it.
  static let found = ["garbage-body", "no-conference", "short-length"].map { fault in
    Row(faults: [fault], status: 200, executed: 1, state: "done", upstreamStatus: 200)
  }

  /// A 2xx that names no conference, and there is none, yet.
  static let undecided = ["status=200", "status=204"].map { fault in
    Row(faults: [fault], status: 504, state: "unknown", upstreamStatus: fault == "status=204" ? 204 : 200)
  }

  /// A resend is refused, whatever for: what the first send has done is looked up.
  static let refusedResends = ["status=400", "status=404", "status=415", "status=422"].flatMap { refusal in
    [
      Row(
        faults: ["close-after", refusal], status: 200, sends: 2, executed: 1, state: "done",
        upstreamStatus: status(of: refusal), upstreamCode: code(of: refusal)),
      Row(
        faults: ["close-before", refusal], status: 504, sends: 2, state: "unknown", upstreamStatus: status(of: refusal),
        upstreamCode: code(of: refusal)),
    ]
  }

  private static func status(of fault: String) -> Int? {
    fault.hasPrefix("status") ? fault.split(separator: "=").last.flatMap { Int($0) } : nil
  }

  private static func code(of fault: String) -> String? {
    switch fault {
    case "status=400": "10015"
    case "status=404": "10005"
    case "status=408": "10008"
    case "status=415": "10029"
    case "status=422": "10027"
    case "status=503": "10037"
    case "status=425", "status=500", "status-after=500": "10007"
    case "hang-before", "hang-after": "timeout"
    case "reset-before", "reset-after": "reset"
    case "close-before", "close-after", "cut=0", "cut=9": "empty_reply"
    case "garbage": "malformed_reply"
    default: "truncated"
    }
  }

  @Test("follows what Telnyx says", arguments: settled)
  func follows(row: Row) throws { try check(row) }

  @Test("is to be sent again as long as nobody can tell", arguments: resent)
  func resends(row: Row) throws { try check(row) }

  @Test("is executed once even if the reply is lost", arguments: lost)
  func survives(row: Row) throws { try check(row) }

  @Test("is looked up after a success without a conference", arguments: found)
  func lookedUp(row: Row) throws { try check(row) }

  @Test("is looked up when a resend is refused, which says nothing of the first send", arguments: refusedResends)
  func refusedResend(row: Row) throws { try check(row) }

  @Test("is unknown after a success without a conference that is not to be found", arguments: undecided)
  func undecidable(row: Row) throws { try check(row) }

  private func check(_ row: Row) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      // Only what hangs runs into a timeout; the machine that tests may be slow.
      let timeout = row.faults.contains { $0.hasPrefix("hang") } ? "700ms" : "10s"
      $0.upstreamLines = ["attempts: \(row.attempts)", "connect_timeout: 300ms", "attempt_timeout: \(timeout)"]
    }
    for fault in row.faults { try simulator.queue(faults: fault) }
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == row.status)
    checkOwnAnswer(reply, row)
    #expect(try gateway.state(of: "c-1") == row.state)
    #expect(try simulator.received() == row.sends)
    #expect(try simulator.executed().count == row.executed)
    let records = try gateway.recordsAtEnd()
    #expect(records.map { Record($0) } == [Record("forwarded", row.status, id: "c-1")])
    let upstream = records.first?["upstream"]
    #expect(upstream?["attempts"]?.integer == Int64(row.sends))
    #expect(upstream?["status"]?.integer == row.upstreamStatus.map { Int64($0) })
    #expect(upstream?["code"]?.string == row.upstreamCode)
  }

  /// Telnyx's own answers go through as they are; the gateway's are told apart.
  private func checkOwnAnswer(_ reply: WireReply, _ row: Row) {
    switch row.status {
    case 502 where row.upstreamStatus == 307: Refused(502, "upstream_redirect", "10007").check(reply)
    case 502: Refused(502, "upstream_refused_token", "10007").check(reply)
    case 504:
      Refused(504, "outcome_unknown", "10008").check(reply)
      #expect(reply.meta?["operation"]?.string == "/operations/c-1")
    default:
      #expect(reply.headers["proxy-status"] == nil)
      #expect(reply.meta == nil)
    }
    #expect(reply.headers["convene-command-id"] == "c-1")
  }
}
