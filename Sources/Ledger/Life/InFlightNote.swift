/// Which commands' rows may be those of commands that are being sent: the rows noted here, and all behind the last one.
///
/// Written about once a second, so that a command costs nothing for it; a start looks at what came since. It stays true
/// between two writings: a row number is never given twice, a row that is behind the last is looked at, and one that is
/// sent again although it lies before is noted in the same transaction.
struct InFlightNote: Equatable {
  /// Beyond so many rows only the first of them is told, as the place from where to look: a note is a page or three.
  static let maximum = 1024

  /// The last row when this was noted.
  let last: Int64
  let rows: [Int64]

  /// Nothing is known: every row has to be looked at.
  static let none = InFlightNote(last: 0, rows: [])

  init(last: Int64, rows: [Int64]) {
    let isLong = rows.count > Self.maximum
    self.last = isLong ? (rows.min() ?? 1) - 1 : last
    self.rows = isLong ? [] : rows.sorted()
  }

  /// `LAST:ROW,ROW...`
  init?(text: [UInt8]) {
    let parts = String(decoding: text, as: UTF8.self).split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 2, let last = Int64(parts[0]), last >= 0, last < .max else { return nil }
    let numbers = parts[1].split(separator: ",")
    let rows = numbers.compactMap { Int64($0) }
    guard rows.count == numbers.count else { return nil }
    self.last = last
    self.rows = rows
  }

  var text: [UInt8] { Array("\(last):\(rows.map(String.init).joined(separator: ","))".utf8) }
}
