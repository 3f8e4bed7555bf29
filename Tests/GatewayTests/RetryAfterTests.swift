import EventLoop
import Gateway
import Testing

@Suite("How long Telnyx asks to wait")
struct RetryAfterTests {
  private static let now = WallTime(microseconds: 1_795_458_000_000_000)  // Mon, 23 Nov 2026 18:20:00 GMT

  private static func wait(_ fields: HeaderFields, status: Int = 503) -> Duration? {
    UpstreamReply(status: status, fields: fields, body: [], date: now).wait
  }

  @Test(
    "is read of every form of Retry-After",
    arguments: [
      ("1", 1), ("0", 0), ("007", 7), ("120", 120), ("1.5", 1.5), ("99999999999999999999999999", 1_000_000),
      ("Mon, 23 Nov 2026 18:20:07 GMT", 7), ("Monday, 23-Nov-26 18:20:07 GMT", 7), ("Mon Nov 23 18:20:07 2026", 7),
      ("Mon, 23 Nov 2026 18:19:00 GMT", 0), ("Wed Dec  2 18:20:00 2026", 777_600),
      ("Sunday, 06-Nov-94 08:49:37 GMT", 0),
      ("Fri, 31 Dec 9999 23:59:59 GMT", 1_000_000),
    ] as [(String, Double)])
  func retryAfter(value: String, seconds: Double) { #expect(Self.wait(["Retry-After": value]) == .seconds(seconds)) }

  @Test(
    "is not read of what is no such thing",
    arguments: [
      "", "soon", "-1", "+1", "1s", "1,2", "1e3", "0x1", ".5", "5.", "1.2.3", "nan", "inf", "Mon, 23 Nov 2026 18:20:07",
      "Mon, 31 Feb 2026 18:20:07 GMT", "Mon, 23 Nov 2026 25:20:07 GMT", "Mon, 23 Non 2026 18:20:07 GMT", ",,,,, GMT",
      "Mon, 23 Nov 2026 18:20:07 CET", "2026-11-23T18:20:07Z", "     ", "Mon Nov 123 18:20:07 2026",
      "Monday, 23-Nov GMT x",
    ])
  func garbage(value: String) { #expect(Self.wait(["Retry-After": value]) == nil) }

  @Test(
    "is read of x-ratelimit-reset as seconds, or as the moment that it is",
    arguments: [
      ("9", 9), ("0", 0), ("1.25", 1.25), ("1795458009", 9), ("1795458009.5", 9.5), ("1795458009500", 9.5),
      ("1795458009500000", 9.5), ("1795458009500000000", 9.5), ("1795457000", 0), ("2026-11-23T18:20:09Z", 9),
      ("999999999", 1_000_000), ("9999999999999999999999999", 1_000_000),
    ] as [(String, Double)])
  func reset(value: String, seconds: Double) {
    #expect(Self.wait(["x-ratelimit-reset": value]) == .seconds(seconds))
  }

  @Test("is what Retry-After says, before x-ratelimit-reset; of several the longest")
  func order() {
    #expect(Self.wait(["x-ratelimit-reset": "9", "retry-after": "3"]) == .seconds(3))
    #expect(Self.wait(["x-ratelimit-reset": "9", "retry-after": "soon"]) == .seconds(9))
    #expect(Self.wait(["retry-after": "3", "Retry-After": "soon", "RETRY-AFTER": "5"]) == .seconds(5))
    #expect(Self.wait([:]) == nil)
  }

  @Test("is not asked of what is no error")
  func noError() { #expect(Self.wait(["retry-after": "3"], status: 200) == nil) }
}
