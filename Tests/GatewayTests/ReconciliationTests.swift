import EventLoop
import Gateway
import Testing

@Suite("Finding out what became of a command")
struct ReconciliationTests {
  private static let sent = WallTime(microseconds: 1_795_458_000_000_000)  // 2026-11-23T18:20:00Z
  private static let nobody = ok(#"{"data":[]}"#)
  private static let ours = ok(#"{"data":[{"id":"c1","name":"daily","created_at":"2026-11-23T18:20:01.500Z"}]}"#)
  private static let older = ok(#"{"data":[{"id":"c0","name":"daily","created_at":"2026-11-23T17:00:00.000Z"}]}"#)
  private static let withUs = ok(#"{"data":[{"call_control_id":"v3:other"},{"call_control_id":"v3:us"}]}"#)
  private static let withoutUs = ok(#"{"data":[{"call_control_id":"v3:other"}]}"#)
  private static let description = reply(200, #"{"data":{"id":"c1","name":"daily"}}"#)

  private static func reply(_ status: Int, _ body: String) -> UpstreamReply {
    UpstreamReply(status: status, fields: [], body: Array(body.utf8))
  }

  private static func ok(_ body: String) -> AttemptOutcome { .replied(reply(200, body)) }

  struct Row: Sendable, CustomTestStringConvertible {
    let sentence: String
    let outcomes: [AttemptOutcome]
    let conclusion: Reconciliation.Conclusion

    var testDescription: String { sentence }
  }

  static let rows = [
    Row(sentence: "no active conference of that name: not there", outcomes: [nobody, nobody], conclusion: .absent),
    Row(
      sentence: "one that has our call in it: found", outcomes: [ours, withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "one in progress that has our call in it: found",
      outcomes: [nobody, ours, withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(sentence: "an older one without our call: not there", outcomes: [older, withoutUs], conclusion: .absent),
    Row(sentence: "a later one without our call: can't tell", outcomes: [ours, withoutUs], conclusion: .unclear),
    Row(sentence: "a list that can't be had: can't tell", outcomes: [.replied(reply(500, "{}"))], conclusion: .unclear),
    Row(sentence: "a list that is no list: can't tell", outcomes: [ok("{}")], conclusion: .unclear),
    Row(sentence: "a list that is no JSON: can't tell", outcomes: [ok("<p>")], conclusion: .unclear),
    Row(
      sentence: "no way to Telnyx: can't tell",
      outcomes: [.notSent(TransportFailure(name: "connect", detail: ""))], conclusion: .unclear),
    Row(
      sentence: "a second list that is lost: can't tell, whatever the first one said",
      outcomes: [nobody, .lost(TransportFailure(name: "timeout", detail: ""))], conclusion: .unclear),
    Row(
      sentence: "a conference that is gone when it is asked for: can't tell",
      outcomes: [ours, withUs, .replied(reply(404, "{}"))], conclusion: .unclear),
    Row(
      sentence: "names that only look alike are not ours",
      outcomes: [ok(#"{"data":[{"id":"c1","name":"Daily","created_at":"2026-11-23T18:20:01Z"}]}"#), nobody],
      conclusion: .absent),
  ]

  @Test("the table", arguments: rows)
  func table(row: Row) {
    var reconciliation = Reconciliation(name: "daily", callControlID: "v3:us", region: nil, firstSent: Self.sent)
    var action = reconciliation.begin()
    for outcome in row.outcomes {
      guard case .look = action else { break }
      action = reconciliation.lookedUp(outcome)
    }
    #expect(action == .conclude(row.conclusion))
  }

  @Test("look-ups name the region that the command named, and escape what must be")
  func paths() {
    var reconciliation = Reconciliation(
      name: "a b&c", callControlID: "v3:us", region: "Middle East", firstSent: Self.sent)
    let first = reconciliation.begin()
    #expect(
      first
        == .look(
          path:
            "/conferences?filter%5Bname%5D=a%20b%26c&filter%5Bstatus%5D=init&page%5Bsize%5D=250&region=Middle%20East"))
  }
}
