import Audit
import EventLoop
import Ledger
import LedgerSQLite
import Testing

@Suite("The text of a record's time")
struct TimeTextTests {
  @Test("is what any moment's text is, whatever moment came before")
  func sameText() {
    let moments: [Int64] = [
      0, 1, 999_999, 1_000_000, 999_999, 1, -1, -999_999, -1_000_000, -1_000_001, 0, 1_795_703_590_123_456,
      1_795_703_590_000_000, 1_795_703_590_999_999, 1_795_703_591_000_000, 1_795_703_590_000_009,
      253_402_300_799_999_999,
    ]
    var text = TimeText()
    for moment in moments.map(WallTime.init(microseconds:)) {
      #expect(String(decoding: text.text(of: moment), as: UTF8.self) == moment.rfc3339)
      #expect(String(decoding: text.text(of: moment), as: UTF8.self) == moment.rfc3339)
    }
  }
}
