import Conference
import Foundation
import JSON
import Testing

@Suite("Refusal")
struct RefusalTests {
  @Test("every refusal is an envelope of Telnyx's shape that says it is Convene's", arguments: Refusal.Kind.allCases)
  func envelope(kind: Refusal.Kind) throws {
    var refusal = Refusal(
      kind,
      faults: [
        Fault(.outOfRange, "says \"no\"", pointer: "/name", rule: "name.max_length", owner: .team),
        Fault(.forbidden, "x"),
      ])
    refusal.operation = "/operations/1"
    refusal.retryAfter = 7
    let errors = try #require(try JSONValue.parse(refusal.envelope(requestID: "r1"))["errors"]?.array)
    #expect(errors.count == 2)
    let first = errors[0]
    #expect(first["code"] == .string("10033") && first["title"] == .string("Value outside of range"))
    #expect(first["detail"] == .string("says \"no\"") && first["source"]?["pointer"] == .string("/name"))
    #expect(first["meta"]?["source"] == .string("convene") && first["meta"]?["kind"] == .string(kind.rawValue))
    #expect(first["meta"]?["owner"] == .string("team") && errors[1]["meta"]?["owner"] == nil)
    #expect(first["meta"]?["rule"] == .string("name.max_length") && first["meta"]?["request_id"] == .string("r1"))
    #expect(first["meta"]?["operation"] == .string("/operations/1") && first["meta"]?["retry_after"] == .integer(7))
    #expect(errors[1]["source"] == nil && errors[1]["meta"]?["rule"] == nil)
    #expect((400...599).contains(refusal.status))
  }

  @Test(
    "each kind has the status of the contract",
    arguments: [
      (.malformed, 400), (.unauthenticated, 401), (.policy, 403), (.notFound, 404), (.methodNotAllowed, 405),
      (.inFlight, 409), (.lengthRequired, 411), (.bodyTooLarge, 413), (.mediaType, 415), (.expectation, 417),
      (.invalid, 422),
      (.otherBody, 422), (.limited, 429), (.headTooLarge, 431), (.internalFault, 500), (.upstreamRefusedToken, 502),
      (.ledgerUnavailable, 503),
      (.notSent, 503), (.outcomeUnknown, 504),
    ] as [(Refusal.Kind, Int)])
  func status(kind: Refusal.Kind, status: Int) {
    #expect(Refusal(kind, faults: []).status == status)
  }

  @Test("the documentation's table is the one that the kinds make")
  func documented() throws {
    let path = #filePath.replacing(
      "Tests/ConferenceTests/RefusalTests.swift", with: "Sources/convene/convene.docc/Calling.md")
    let page = try String(contentsOfFile: path, encoding: .utf8)
    // `convene errors --format markdown` writes it anew.
    #expect(page.contains("<!-- errors -->\n\(Refusal.Kind.markdown())\n<!-- /errors -->"))
  }

  @Test("each kind says what it means and what to do, in one line of a table", arguments: Refusal.Kind.allCases)
  func told(kind: Refusal.Kind) {
    for text in [kind.meaning, kind.advice, kind.repetition.text] {
      #expect(!text.isEmpty && !text.contains("|") && !text.contains("\n"))
    }
    #expect(!kind.codes.isEmpty && Refusal.Kind.byStatus.contains(kind))
  }

  @Test("the rule that the audit names is the first that said no")
  func rule() {
    let refusal = Refusal.policy([
      Fault(.forbidden, "a"), Fault(.forbidden, "b", rule: "region.allow"),
      Fault(.forbidden, "c", rule: "name.pattern"),
    ])
    #expect(refusal.rule == "region.allow")
  }
}
