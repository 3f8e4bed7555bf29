import EventLoop
import Gateway
import TestKit
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
    UpstreamReply(status: status, fields: [:], body: Array(body.utf8))
  }

  private static func ok(_ body: String) -> AttemptOutcome { .replied(reply(200, body)) }

  struct Row: Sendable, CustomTestStringConvertible {
    let sentence: String
    let outcomes: [AttemptOutcome]
    let conclusion: Reconciliation.Conclusion

    var testDescription: String { sentence }
  }

  private static func ok(_ rows: (id: String, created: String, expires: String)...) -> AttemptOutcome {
    let rows = rows.map { row in
      #"{"id":"\#(row.id)","name":"daily","created_at":"2026-11-23T\#(row.created)Z","expires_at":"2026-11-23T\#(row.expires)Z"}"#
    }
    return ok(#"{"data":[\#(rows.joined(separator: ","))]}"#)
  }

  /// A whole page of conferences that were all made and over before.
  private static func page(expired: String) -> AttemptOutcome {
    let row = #"{"id":"c0","name":"daily","created_at":"2026-11-23T17:00:00Z","expires_at":"2026-11-23T\#(expired)Z"}"#
    return ok(#"{"data":[\#(Array(repeating: row, count: 250).joined(separator: ","))]}"#)
  }

  static let rows = [
    Row(sentence: "no conference of that name: not there", outcomes: [nobody, nobody, nobody], conclusion: .absent),
    Row(
      sentence: "whatever else is in a list: found",
      outcomes: [
        ok(
          #"{"data":[{"seq":18446744073709551615,"id":"c1","name":"daily","x":"\ud800","x":1e999,"#
            + #""created_at":"2026-11-23T18:20:01.500Z"}],"meta":{"x":1,"x":2}}"#), withUs, .replied(description),
      ], conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "one whose name can't be read: can't tell",
      outcomes: [ok(#"{"data":[{"id":"c1","name":"daily\ud800","created_at":"2026-11-23T18:20:01.500Z"}]}"#)],
      conclusion: .unclear),
    Row(
      sentence: "one that has two names: can't tell",
      outcomes: [ok(#"{"data":[{"id":"c1","name":"a","name":"b","created_at":"2026-11-23T18:20:01.500Z"}]}"#)],
      conclusion: .unclear),
    Row(sentence: "two lists in one: can't tell", outcomes: [ok(#"{"data":[],"data":[1]}"#)], conclusion: .unclear),
    Row(
      sentence: "one that has our call in it: found", outcomes: [ours, withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "one in progress that has our call in it: found",
      outcomes: [nobody, ours, withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "one that is over and had our call in it: found",
      outcomes: [nobody, nobody, ours, withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "one that is over and shows nobody any more: can't tell", outcomes: [nobody, nobody, ours, nobody],
      conclusion: .unclear),
    Row(
      sentence: "one that is over and whose participants are gone: can't tell",
      outcomes: [nobody, nobody, ours, .replied(reply(404, "{}"))], conclusion: .unclear),
    Row(sentence: "an older one: not there", outcomes: [older, nobody, nobody], conclusion: .absent),
    Row(
      sentence: "an older one is not ours whoever takes part in it, so nobody is asked who does",
      outcomes: [nobody, older, nobody], conclusion: .absent),
    Row(sentence: "older ones that are over: not there", outcomes: [nobody, nobody, older], conclusion: .absent),
    Row(
      sentence: "one made half a minute before, by Telnyx's clock, may be ours",
      outcomes: [ok(("c1", "18:19:30", "22:19:30")), withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "one made earlier than that is not", outcomes: [ok(("c1", "18:19:29", "22:19:29")), nobody, nobody],
      conclusion: .absent),
    Row(
      sentence: "one made much later is not ours, and proves nothing",
      outcomes: [ok(("c1", "18:25:01", "22:25:01")), nobody, nobody], conclusion: .unclear),
    Row(
      sentence: "a later one without our call: can't tell", outcomes: [ours, withoutUs, nobody, nobody],
      conclusion: .unclear),
    Row(
      sentence: "a later one without our call, and one that is over with it: found",
      outcomes: [
        nobody, ok(("c2", "18:22:00", "22:22:00")), withoutUs, ok(("c1", "18:20:01", "22:20:01")), withUs,
        .replied(description),
      ],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "the second of two that are over: found",
      outcomes: [
        nobody, nobody,
        ok(("c2", "18:20:31", "22:20:31"), ("c1", "18:20:01", "22:20:01"), ("c0", "17:00:00", "21:00:00")),
        withoutUs, withUs, .replied(description),
      ],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "a page of old ones that had expired before: nothing later is behind it",
      outcomes: [nobody, nobody, page(expired: "18:00:00")], conclusion: .absent),
    Row(
      sentence: "a page of old ones that had not expired: the next page is asked for",
      outcomes: [nobody, nobody, page(expired: "21:00:00"), ours, withUs, .replied(description)],
      conclusion: .found(description, conferenceID: "c1")),
    Row(
      sentence: "pages without end: can't tell",
      outcomes: [nobody, nobody] + Array(repeating: page(expired: "21:00:00"), count: 10), conclusion: .unclear),
    Row(sentence: "a list that can't be had: can't tell", outcomes: [.replied(reply(500, "{}"))], conclusion: .unclear),
    Row(
      sentence: "a Telnyx that doesn't list what is over: can't tell",
      outcomes: [nobody, nobody, .replied(reply(400, "{}"))], conclusion: .unclear),
    Row(sentence: "a list that is no list: can't tell", outcomes: [ok("{}")], conclusion: .unclear),
    Row(sentence: "a list that is no JSON: can't tell", outcomes: [ok("<p>")], conclusion: .unclear),
    Row(
      sentence: "one of which nobody knows when it was made: can't tell",
      outcomes: [ok(#"{"data":[{"id":"c1","name":"daily","created_at":"yesterday"}]}"#)], conclusion: .unclear),
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
      outcomes: [ok(#"{"data":[{"id":"c1","name":"Daily","created_at":"2026-11-23T18:20:01Z"}]}"#), nobody, nobody],
      conclusion: .absent),
  ]

  @Test("the table", arguments: rows)
  func table(row: Row) {
    var reconciliation = Reconciliation(name: "daily", callControlID: "v3:us", region: nil, firstSent: Self.sent)
    var action = reconciliation.begin()
    var looks = 0
    for outcome in row.outcomes {
      guard case .look = action else { break }
      looks += 1
      action = reconciliation.lookedUp(outcome)
    }
    #expect(action == .conclude(row.conclusion))
    #expect(looks == row.outcomes.count, "it asks for no less")
  }

  @Test("it ends after so many look-ups, whatever they show", arguments: 1...20 as ClosedRange<UInt64>)
  func bounded(seed: UInt64) {
    var random = SeededRandom(seed)
    let answers = [Self.nobody, Self.ours, Self.withUs, Self.withoutUs, Self.page(expired: "21:00:00")]
    for _ in 0..<50 {
      var reconciliation = Reconciliation(name: "daily", callControlID: "v3:us", region: nil, firstSent: Self.sent)
      var action = reconciliation.begin()
      var looks = 0
      while case .look = action {
        looks += 1
        action = reconciliation.lookedUp(answers.randomElement(using: &random) ?? Self.nobody)
      }
      #expect(looks <= Reconciliation.mostLooks)
    }
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
