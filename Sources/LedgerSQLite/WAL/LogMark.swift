internal import Crypto

/// What a ledger's file says of the log beside it (-wal), in a table of its own: a single row that keeps its length, so a power
/// failure leaves the old one or the new one, whatever else of the file was being written.
///
/// A log has its name from the file's. Under another name the file would be opened without it: what was committed last would
/// be missing, and a command sent twice. And SQLite takes any log that has the right name for the file's own.
///
/// Each mark names the one before it. So a log goes on where a file ends if the first mark in it comes after the file's.
struct LogMark: Equatable {
  enum State: String, CaseIterable {
    /// More was committed than is in the file: the rest is in its log.
    case split
    /// Nothing is missing, as far as the file knows.
    case whole
  }

  let state: State
  /// Of the log that was beside the file when this was written.
  let salts: LogSalts
  /// Tells it from all others: 8 hex digits.
  private let name: String
  /// Of the one that was written last before this.
  private let previous: String

  init(_ state: State, _ salts: LogSalts, after previous: LogMark?) {
    self.state = state
    self.salts = salts
    name = Randomness.bytes(4).hex
    self.previous = previous?.name ?? "00000000"
  }

  /// `STATE:SALTS:NAME:PREVIOUS`.
  init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 4, let state = State(rawValue: parts[0]), let salts = UInt64(parts[1], radix: 16) else {
      return nil
    }
    (self.state, self.salts, name, previous) = (state, LogSalts(salts), parts[2], parts[3])
  }

  var text: String { "\(state.rawValue):\(salts.text):\(name):\(previous)" }

  func follows(_ other: LogMark) -> Bool { previous == other.name }
}

/// The two numbers that tell one beginning of a log from all others (sqlite.org/fileformat2.html, "The Write-Ahead Log"): the
/// first goes up by one each time, the second is random.
struct LogSalts: Equatable {
  static let none = LogSalts(0)

  private let both: UInt64

  init(_ both: UInt64) { self.both = both }

  /// 16 hex digits.
  var text: String {
    let digits = String(both, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// How often the log was begun anew since it had these.
  func steps(from earlier: LogSalts) -> UInt32 {
    UInt32(truncatingIfNeeded: both >> 32) &- UInt32(truncatingIfNeeded: earlier.both >> 32)
  }
}
