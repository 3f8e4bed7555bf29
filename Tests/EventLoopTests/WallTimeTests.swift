import EventLoop
import Testing

@Suite("A time of the calendar")
struct WallTimeTests {
  @Test(
    "is read as RFC 3339 writes it",
    arguments: [
      ("1970-01-01T00:00:00Z", 0), ("2000-02-28T23:59:59.999999Z", 951_782_399_999_999),
      ("2000-02-29t00:00:00z", 951_782_400_000_000), ("2100-03-01T00:00:00.000000Z", 4_107_542_400_000_000),
      ("1969-12-31T23:59:59.999999Z", -1), ("2026-11-23T20:00:00.1234567+01:00", 1_795_460_400_123_456),
      ("2026-11-23T18:30:00.5-00:30", 1_795_460_400_500_000), ("9999-12-31T23:59:59Z", 253_402_300_799_000_000),
    ] as [(String, Int64)])
  func reads(_ text: String, _ microseconds: Int64) {
    #expect(WallTime(rfc3339: text)?.microseconds == microseconds)
  }

  @Test("reads back what it wrote")
  func roundTrip() {
    for day in stride(from: Int64(-719_000), to: 2_900_000, by: 997) {
      let time = WallTime(microseconds: day * 86_400_000_000 + 12_345_678)
      #expect(WallTime(rfc3339: time.rfc3339) == time)
    }
  }

  @Test(
    "is nothing else",
    arguments: [
      "", "now", "2026-11-23", "2026-11-23T19:00Z", "2026-11-23T19:00:00", "2026-02-29T00:00:00Z",
      "2026-13-01T00:00:00Z", "2026-11-31T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T19:00:00.Z",
      "2026-11-23T19:00:00ZZ", "2026-11-23T19:00:00+0100", "2026-11-23 19:00:00Z", "2026-11-23T19:00:00+01:",
    ])
  func refuses(_ text: String) {
    #expect(WallTime(rfc3339: text) == nil)
  }
}
