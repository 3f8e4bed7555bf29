import EventLoop
import Gateway
import TestKit
import Testing

@Suite("Finding out what became of a command")
struct ReconciliationTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let sentence: String
    let outcomes: [AttemptOutcome]
    let conclusion: Reconciliation.Conclusion
    var others: Set<String> = []
    /// Whether this machine's clock can say how long ago the command was sent.
    var isDated = true

    var testDescription: String { sentence }
  }

  private typealias Telnyx = LookUpReply
  private static let found = Reconciliation.Conclusion.found(Telnyx.description, conferenceID: "c1")

  private static func lists(_ first: AttemptOutcome) -> [AttemptOutcome] {
    [first, Telnyx.nobody, Telnyx.nobody, Telnyx.nobody]
  }

  /// Where it is found, and where it isn't to be found.
  static let plain = [
    Row(sentence: "no conference of that name: not there", outcomes: lists(Telnyx.nobody), conclusion: .absent),
    Row(
      sentence: "one that has our call in it: found",
      outcomes: [Telnyx.ours, Telnyx.withUs, .replied(Telnyx.description)], conclusion: found),
    Row(
      sentence: "one in progress that has our call in it: found",
      outcomes: [Telnyx.nobody, Telnyx.ours, Telnyx.withUs, .replied(Telnyx.description)], conclusion: found),
    Row(
      sentence: "one that is over and had our call in it: found",
      outcomes: [Telnyx.nobody, Telnyx.nobody, Telnyx.ours, Telnyx.withUs, .replied(Telnyx.description)],
      conclusion: found),
    Row(
      sentence: "one of a status that nobody knows: found",
      outcomes: [
        Telnyx.nobody, Telnyx.nobody, Telnyx.nobody, Telnyx.list(Telnyx.row("c1", "18:20:01", status: "paused")),
        Telnyx.withUs, .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "one that is over and shows nobody any more: can't tell",
      outcomes: [Telnyx.nobody, Telnyx.nobody, Telnyx.ours, Telnyx.nobody, Telnyx.ours], conclusion: .unclear),
    Row(
      sentence: "one that is over and whose participants are gone: can't tell",
      outcomes: [Telnyx.nobody, Telnyx.nobody, Telnyx.ours, Telnyx.answered(404)], conclusion: .unclear),
    Row(
      sentence: "one without our call: can't tell",
      outcomes: [Telnyx.ours, Telnyx.withoutUs] + lists(Telnyx.nobody)[1...],
      conclusion: .unclear),
    Row(
      sentence: "one without our call, and one that is over with it: found",
      outcomes: [
        Telnyx.nobody, Telnyx.list(Telnyx.row("c2", "18:22:00")), Telnyx.withoutUs,
        Telnyx.list(Telnyx.row("c1", "18:20:01")), Telnyx.withUs, .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "the second of two that are over: found",
      outcomes: [
        Telnyx.nobody, Telnyx.nobody,
        Telnyx.list(
          Telnyx.row("c2", "18:20:31"), Telnyx.row("c1", "18:20:01"), Telnyx.row("c0", "17:00:00")),
        Telnyx.withoutUs, Telnyx.withUs, .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "a conference that is gone when it is asked for: can't tell",
      outcomes: [Telnyx.ours, Telnyx.withUs, Telnyx.answered(404)], conclusion: .unclear),
  ]

  /// By its time.
  static let dated = [
    Row(sentence: "an older one: not there", outcomes: lists(Telnyx.older), conclusion: .absent),
    Row(
      sentence: "older ones that are over: not there",
      outcomes: [Telnyx.nobody, Telnyx.nobody, Telnyx.older, Telnyx.nobody], conclusion: .absent),
    Row(
      sentence: "one made five minutes before, by Telnyx's clock, may be ours",
      outcomes: [Telnyx.list(Telnyx.row("c1", "18:15:00")), Telnyx.withUs, .replied(Telnyx.description)],
      conclusion: found),
    Row(
      sentence: "one made earlier than that is not", outcomes: lists(Telnyx.list(Telnyx.row("c1", "18:14:59"))),
      conclusion: .absent),
    Row(
      sentence: "one made much later is not ours, and proves nothing",
      outcomes: lists(Telnyx.list(Telnyx.row("c1", "18:25:01"))), conclusion: .unclear),
    Row(
      sentence: "Telnyx's clock is behind by 35 seconds: found",
      outcomes: [
        Telnyx.list(Telnyx.row("c1", "18:19:25"), ahead: .seconds(-35)), Telnyx.withUs, .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "Telnyx's clock is behind by an hour, and the list shows nobody: can't tell",
      outcomes: [Telnyx.list(Telnyx.row("c1", "17:20:00"), ahead: .seconds(-3600)), Telnyx.withoutUs]
        + Array(repeating: Telnyx.list(ahead: .seconds(-3600)), count: 3), conclusion: .unclear),
    Row(
      sentence: "Telnyx's clock is ahead by an hour: found",
      outcomes: [
        Telnyx.list(Telnyx.row("c1", "19:20:00"), ahead: .seconds(3600)),
        Telnyx.ok(#"{"data":[{"call_control_id":"v3:us"}]}"#, ahead: .seconds(3600)), .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "Telnyx's clock is ahead by an hour: one made when the command wasn't sent yet is not ours",
      outcomes: [Telnyx.list(Telnyx.row("c1", "19:10:00"), ahead: .seconds(3600))]
        + Array(repeating: Telnyx.list(ahead: .seconds(3600)), count: 3), conclusion: .absent),
    Row(
      sentence: "Telnyx doesn't tell its time: an older one proves nothing",
      outcomes: [Telnyx.list(Telnyx.row("c0", "17:00:00"), ahead: nil)]
        + Array(repeating: Telnyx.list(ahead: nil), count: 3), conclusion: .unclear),
    Row(
      sentence: "Telnyx doesn't tell its time: one of the time by our own clock, with our call, is found",
      outcomes: [
        Telnyx.list(Telnyx.row("c1", "18:20:01"), ahead: nil), Telnyx.withUs, .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "this machine was started anew since: an older one proves nothing", outcomes: lists(Telnyx.older),
      conclusion: .unclear, isDated: false),
    Row(
      sentence: "this machine was started anew since: an empty list proves it", outcomes: lists(Telnyx.nobody),
      conclusion: .absent, isDated: false),
    Row(
      sentence: "Telnyx's clocks differ: an older one proves nothing",
      outcomes: [
        Telnyx.older, Telnyx.list(ahead: .seconds(-200)), Telnyx.list(ahead: .seconds(-200)), Telnyx.nobody,
      ], conclusion: .unclear),
    Row(
      sentence: "one that another command has is not ours, whenever it was made",
      outcomes: lists(Telnyx.ours), conclusion: .absent, others: ["c1"]),
    Row(
      sentence: "one that another command has, and ours",
      outcomes: [
        Telnyx.list(Telnyx.row("c2", "18:20:02"), Telnyx.row("c1", "18:20:01")), Telnyx.withUs,
        .replied(Telnyx.description),
      ], conclusion: found, others: ["c2"]),
  ]

  /// By its name.
  static let named =
    ["Daily", " daily ", "\u{201C}daily\u{201D}"].map { name in
      Row(
        sentence: "a name in another form may be ours: \(name)",
        outcomes: lists(Telnyx.list(Telnyx.row("c1", "18:20:01", name: name)))
          .flatMap { $0 == Telnyx.nobody ? [$0] : [$0, Telnyx.withoutUs] },
        conclusion: .unclear)
    } + [
      Row(
        sentence: "a name in another form, with our call: found",
        outcomes: [
          Telnyx.list(Telnyx.row("c1", "18:20:01", name: "DAILY ")), Telnyx.withUs, .replied(Telnyx.description),
        ], conclusion: found),
      Row(
        sentence: "another name, though the filter returned it, proves nothing",
        outcomes: lists(Telnyx.list(Telnyx.row("c1", "18:20:01", name: "weekly"))), conclusion: .unclear),
    ]

  /// Lists that are not known to be whole.
  static let partial = [
    ("has no meta", ""), ("has an empty meta", #","meta":{}"#), ("has a meta that is none", #","meta":[]"#),
    (
      "has texts for numbers",
      #","meta":{"total_pages":"0","total_results":"0","page_number":"1","page_size":"250"}"#
    ),
    ("lacks the number of results", #","meta":{"total_pages":0,"page_number":1,"page_size":250}"#),
    ("lacks the number of pages", #","meta":{"total_results":0,"page_number":1,"page_size":250}"#),
    ("lacks the page's number", #","meta":{"total_pages":0,"total_results":0,"page_size":250}"#),
    ("lacks the page's size", #","meta":{"total_pages":0,"total_results":0,"page_number":1}"#),
    ("is another page", #","meta":{"total_pages":0,"total_results":0,"page_number":2,"page_size":250}"#),
    ("has pages of nothing", #","meta":{"total_pages":0,"total_results":0,"page_number":1,"page_size":0}"#),
    ("has more results", #","meta":{"total_pages":1,"total_results":1,"page_number":1,"page_size":250}"#),
    ("has results and no page", #","meta":{"total_pages":0,"total_results":3,"page_number":1,"page_size":250}"#),
    ("has fewer than none", #","meta":{"total_pages":0,"total_results":-1,"page_number":1,"page_size":250}"#),
    (
      "has more pages than its results need",
      #","meta":{"total_pages":2,"total_results":0,"page_number":1,"page_size":250}"#
    ),
    (
      "has results beyond all numbers",
      #","meta":{"total_pages":1,"total_results":9223372036854775807,"page_number":1,"page_size":1}"#
    ),
  ].map { sentence, meta in
    Row(
      sentence: "a list that \(sentence): can't tell", outcomes: lists(Telnyx.list(meta: meta)), conclusion: .unclear)
  }

  private static let emptyMeta = #""total_pages":0,"total_results":0,"page_number":1,"page_size":250"#

  /// Lists that call themselves empty, and say that there is more.
  static let continued =
    [
      ("has a next page in its meta", #","meta":{\#(emptyMeta),"next":"/v2/conferences?page=2"}"#),
      ("has a next page's number in its meta", #","meta":{\#(emptyMeta),"next_page":2}"#),
      ("has more, says its meta", #","meta":{\#(emptyMeta),"has_more":true}"#),
      ("has more, says its meta as a text", #","meta":{\#(emptyMeta),"has_more":"yes"}"#),
      ("has cursors in its meta", #","meta":{\#(emptyMeta),"cursors":{"before":null,"after":"MTAx"}}"#),
      ("has a next page's URL", #","meta":{\#(emptyMeta)},"next_page_url":"https://api.telnyx.com/v2/x""#),
      ("has links", #","meta":{\#(emptyMeta)},"links":{"self":null,"next":"/v2/conferences?page=2"}"#),
      ("has a list of links", #","meta":{\#(emptyMeta)},"links":[{"rel":"next","href":"/x"}]"#),
      ("has more", #","meta":{\#(emptyMeta)},"has_more":true"#),
      ("has a cursor", #","meta":{\#(emptyMeta)},"next_cursor":"MTAx""#),
      ("has two words on whether there is more", #","meta":{\#(emptyMeta)},"next":"x","next":null"#),
      ("has two words on it in its meta", #","meta":{\#(emptyMeta),"next":"x","next":null}"#),
      ("has errors beside", #","meta":{\#(emptyMeta)},"errors":[{"code":"10007"}]"#),
      ("counts in fractions", #","meta":{"total_pages":0.0,"total_results":0.5,"page_number":1,"page_size":250}"#),
      ("counts less than no pages", #","meta":{"total_pages":-1,"total_results":0,"page_number":1,"page_size":250}"#),
    ].map { sentence, rest in
      Row(
        sentence: "a list that \(sentence): can't tell", outcomes: lists(Telnyx.list(meta: rest)), conclusion: .unclear)
    } + [
      Row(
        sentence: "a list with the next one in its head: can't tell",
        outcomes: lists(Telnyx.list(fields: ["Link": #"</v2/conferences?page=2>; rel="next""#])), conclusion: .unclear),
      Row(
        sentence: "a list with a link to something else in its head: not there",
        outcomes: lists(Telnyx.list(fields: ["Link": #"</openapi.json>; rel="service-desc""#])), conclusion: .absent),
      Row(
        sentence: "a list with the next one's cursor in its head: can't tell",
        outcomes: lists(Telnyx.list(fields: ["X-Next-Cursor": "MTAx"])), conclusion: .unclear),
      Row(
        sentence: "rows where there are none: can't tell",
        outcomes: lists(
          Telnyx.ok(
            #"{"data":[{"id":"c0","name":"daily","created_at":"2026-11-23T17:00:00Z"}],"meta":{\#(emptyMeta)}}"#)),
        conclusion: .unclear),
      Row(
        sentence: "a list that says that there is no more: not there",
        outcomes: lists(
          Telnyx.list(
            meta: #","meta":{\#(emptyMeta),"next":null,"has_more":false,"cursors":{"after":""}},"links":{},"errors":[]"#
          )),
        conclusion: .absent),
      Row(
        sentence: "an empty list of one page: not there",
        outcomes: lists(
          Telnyx.list(meta: #","meta":{"total_pages":1,"total_results":0,"page_number":1,"page_size":20}"#)),
        conclusion: .absent),
    ]

  /// Lists that can't be read.
  static let unreadable =
    [
      Row(sentence: "a list that can't be had: can't tell", outcomes: [Telnyx.answered(500)], conclusion: .unclear),
      Row(
        sentence: "a Telnyx that doesn't list what is over: can't tell",
        outcomes: [Telnyx.nobody, Telnyx.nobody, Telnyx.answered(400)], conclusion: .unclear),
      Row(sentence: "a list that is no list: can't tell", outcomes: lists(Telnyx.ok("{}")), conclusion: .unclear),
      Row(
        sentence: "whatever else is in a list: found",
        outcomes: [
          Telnyx.ok(
            #"{"data":[{"seq":18446744073709551615,"id":"c1","name":"daily","x":"\ud800","x":1e999,"#
              + #""created_at":"2026-11-23T18:20:01.500Z"}],"meta":{"x":1,"x":2}}"#), Telnyx.withUs,
          .replied(Telnyx.description),
        ], conclusion: found),
      Row(
        sentence: "one whose name can't be read: can't tell",
        outcomes: lists(
          Telnyx.ok(#"{"data":[{"id":"c1","name":"daily\ud800","created_at":"2026-11-23T18:20:01.500Z"}]}"#)),
        conclusion: .unclear),
      Row(
        sentence: "one that has two names: can't tell",
        outcomes: lists(
          Telnyx.ok(#"{"data":[{"id":"c1","name":"a","name":"b","created_at":"2026-11-23T18:20:01.500Z"}]}"#)),
        conclusion: .unclear),
      Row(
        sentence: "two lists in one: can't tell", outcomes: lists(Telnyx.ok(#"{"data":[],"data":[1]}"#)),
        conclusion: .unclear),
      Row(sentence: "a list that is no JSON: can't tell", outcomes: [Telnyx.ok("<p>")], conclusion: .unclear),
      Row(
        sentence: "a list that a cache gave: can't tell", outcomes: lists(Telnyx.list(fields: ["Age": "3"])),
        conclusion: .unclear),
      Row(
        sentence: "a list of another status than was asked for: can't tell",
        outcomes: lists(Telnyx.list(Telnyx.row("c0", "17:00:00", status: "completed"))), conclusion: .unclear),
      Row(
        sentence: "no way to Telnyx: can't tell", outcomes: [.notSent(TransportFailure(name: "connect", detail: ""))],
        conclusion: .unclear),
      Row(
        sentence: "a second list that is lost: can't tell, whatever the first one said",
        outcomes: [Telnyx.nobody, .lost(TransportFailure(name: "timeout", detail: ""))], conclusion: .unclear),
    ]
    + [
      #"{"id":"c1","name":"daily","created_at":"yesterday"}"#, #"{"id":"c1","name":"daily"}"#,
      #"{"id":"","name":"daily","created_at":"2026-11-23T17:00:00Z"}"#,
      #"{"id":7,"name":"daily","created_at":"2026-11-23T17:00:00Z"}"#, #""c1""#, "null",
    ].map { row in
      let meta = #""meta":{"total_pages":1,"total_results":1,"page_number":1,"page_size":250}"#
      return Row(
        sentence: "a row that can't be read: can't tell: \(row)",
        outcomes: lists(Telnyx.ok(#"{"data":[\#(row)],\#(meta)}"#)), conclusion: .unclear)
    }

  private static let (a, b, c) = (
    Telnyx.row("c-a", "17:00:00"), Telnyx.row("c-b", "16:00:00"), Telnyx.row("c-c", "15:00:00")
  )

  /// Lists of more than one page: read twice.
  static let pages = [
    Row(
      sentence: "smaller pages than were asked for, all of older ones: not there",
      outcomes: [
        Telnyx.list(a, b, size: 2, total: 3), Telnyx.list(c, page: 2, size: 2, total: 3),
        Telnyx.list(a, b, size: 2, total: 3), Telnyx.list(c, page: 2, size: 2, total: 3),
      ] + lists(Telnyx.nobody)[1...], conclusion: .absent),
    Row(
      sentence: "ours on the second page: found",
      outcomes: [
        Telnyx.list(a, b, size: 2, total: 3), Telnyx.list(Telnyx.row("c1", "18:20:01"), page: 2, size: 2, total: 3),
        Telnyx.withUs, .replied(Telnyx.description),
      ], conclusion: found),
    Row(
      sentence: "a row that is on two pages: can't tell",
      outcomes: [
        Telnyx.list(a, b, size: 2, total: 3), Telnyx.list(b, page: 2, size: 2, total: 3),
      ] + lists(Telnyx.nobody)[1...], conclusion: .unclear),
    Row(
      sentence: "a list that has grown between its pages: can't tell",
      outcomes: [
        Telnyx.list(a, b, size: 2, total: 3), Telnyx.list(c, page: 2, size: 2, total: 4),
      ] + lists(Telnyx.nobody)[1...], conclusion: .unclear),
    Row(
      sentence: "a row that has moved to a page that was read already, while another came: can't tell",
      outcomes: [
        Telnyx.list(a, b, size: 2, total: 4),
        Telnyx.list(c, Telnyx.row("c-d", "14:00:00"), page: 2, size: 2, total: 4),
        // What was the third is the second now, where c was: it was never seen.
        Telnyx.list(a, Telnyx.row("c-e", "15:30:00"), size: 2, total: 4),
      ] + lists(Telnyx.nobody)[1...], conclusion: .unclear),
    Row(
      sentence: "a page that has fewer rows than it says: can't tell",
      outcomes: lists(Telnyx.list(a, size: 2, total: 3)), conclusion: .unclear),
    Row(
      sentence: "more pages than look-ups: can't tell",
      outcomes: (1...Reconciliation.mostLooks).map { number in
        Telnyx.list(Telnyx.row("c-\(number)", "17:00:00"), page: number, size: 1, total: 1000)
      }, conclusion: .unclear),
  ]

  @Test("the table", arguments: plain + dated + named + partial + continued + unreadable + pages)
  func table(row: Row) {
    let now = MonotonicTime(nanoseconds: 0)
    var reconciliation = Self.reconciliation(others: row.others, sent: row.isDated ? now - LookUpReply.age : nil)
    var action = reconciliation.begin()
    var looks = 0
    for outcome in row.outcomes {
      guard case .look = action else { break }
      looks += 1
      action = reconciliation.lookedUp(outcome, at: now)
    }
    #expect(action == .conclude(row.conclusion))
    #expect(looks == row.outcomes.count, "it asks for no less")
  }

  @Test("it ends after so many look-ups, whatever they show", arguments: 1...20 as ClosedRange<UInt64>)
  func bounded(seed: UInt64) {
    var random = SeededRandom(seed)
    let answers = [
      Telnyx.nobody, Telnyx.ours, Telnyx.withUs, Telnyx.withoutUs, Telnyx.list(Self.a, size: 1, total: 9),
      Telnyx.list(Self.b, page: 2, size: 1, total: 9),
    ]
    for _ in 0..<50 {
      var reconciliation = Self.reconciliation(others: [], sent: nil)
      var action = reconciliation.begin()
      var looks = 0
      while case .look = action {
        looks += 1
        let answer = answers.randomElement(using: &random) ?? Telnyx.nobody
        action = reconciliation.lookedUp(answer, at: MonotonicTime(nanoseconds: 0))
      }
      #expect(looks <= Reconciliation.mostLooks)
    }
  }

  @Test("look-ups name the region that the command named, and escape what must be")
  func paths() {
    var reconciliation = Reconciliation(
      Reconciliation.Subject(
        name: "a b&c", callControlID: "v3:us", region: "Middle East", firstSent: Telnyx.sent, sent: nil, others: []))
    let first = reconciliation.begin()
    #expect(
      first
        == .look(
          path:
            "/conferences?filter%5Bname%5D=a%20b%26c&filter%5Bstatus%5D=init&page%5Bsize%5D=250&region=Middle%20East"))
  }

  private static func reconciliation(others: Set<String>, sent: MonotonicTime?) -> Reconciliation {
    Reconciliation(
      Reconciliation.Subject(
        name: "daily", callControlID: "v3:us", region: nil, firstSent: Telnyx.sent, sent: sent, others: others))
  }
}
