import EventLoop
import Testing

@Suite("A time as HTTP has it")
struct HTTPDateTests {
  @Test(
    "is read to the second",
    arguments: [
      ("Sun, 06 Nov 1994 08:49:37 GMT", "1994-11-06T08:49:37Z"),
      ("Fri, 27 Nov 2026 00:00:00 GMT", "2026-11-27T00:00:00Z"),
      ("Mon, 29 Feb 2016 23:59:60 GMT", "2016-02-29T23:59:60Z"),
      ("Sat, 01 Jan 2028 12:00:00 GMT", "2028-01-01T12:00:00Z"),
      ("Sunday, 06-Nov-94 08:49:37 GMT", "1994-11-06T08:49:37Z"), ("Sun Nov  6 08:49:37 1994", "1994-11-06T08:49:37Z"),
    ])
  func read(text: String, expected: String) throws {
    let found = try #require(time(text))
    #expect(found == WallTime(rfc3339: expected))
  }

  @Test(
    "is none where it is anything else",
    arguments: [
      "", "now", "1795458000",
      "Sun, 06 Nov 1994 08:49:37 UTC", "Sun, 06 Nov 1994 08:49:37 GMT ", "Sun, 06 Nov 1994 24:49:37 GMT",
      "Sun, 31 Feb 1994 08:49:37 GMT", "Sun, 06 nov 1994 08:49:37 GMT", "Sun, 06 ovD 1994 08:49:37 GMT",
      "Sun, 00 Nov 1994 08:49:37 GMT", "Sun, 06 Nov 1994 08-49-37 GMT", "Sun; 06 Nov 1994 08:49:37 GMT",
    ])
  func refused(text: String) { #expect(time(text) == nil) }

  private func time(_ text: String) -> WallTime? { Array(text.utf8).withUnsafeBytes { WallTime(httpDate: $0) } }
}
