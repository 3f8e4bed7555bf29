internal import Ledger

/// The mark that is in a file alone, whatever lies beside it.
struct FileMark: Equatable {
  let mark: LogMark
  /// The number of its page.
  private let page: UInt32

  /// - Returns: nil where there is none, as in a ledger of an earlier version, or the file can't be read.
  init?(ofFileAt path: String) {
    do throws(LedgerError) {
      let connection = try SQLiteConnection(reading: path, isImmutable: true)
      let query = "SELECT mark, (SELECT rootpage FROM sqlite_schema WHERE name = 'log') FROM log"
      let found = try connection.statement(query).first { (row) throws(LedgerError) in
        (text: row.string(0), page: UInt32(truncatingIfNeeded: row.integer(1)))
      }
      guard let found, let mark = LogMark(text: found.text) else { return nil }
      self.mark = mark
      page = found.page
    } catch {
      // Whatever it is, it is SQLite's to say when the ledger is opened.
      return nil
    }
  }

  /// Whether a log goes on where this file ends: it has the file's mark in it, where some of it was moved into the file, or its
  /// first mark is the next one.
  ///
  /// A log without a mark was begun by another program that moved the one before it into the file, and ends before this gateway
  /// wrote again. The first salt counts how often that was.
  func goesOn(in log: WriteAheadLog) -> Bool {
    var isMarked = false
    for found in log.marks() {
      if found.mark == mark || !isMarked && found.mark.follows(mark) { return found.page == page }
      isMarked = true
    }
    return !isMarked && log.salts.steps(from: mark.salts) <= Self.mostSteps
  }

  private static let mostSteps: UInt32 = 8
}
