internal import Crypto

/// What a ledger's file says of the log beside it (-wal), in a table of its own: a single row that keeps its length, so a power
/// failure leaves the old one or the new one, whatever else of the file was being written.
///
/// A log has its name from the file's. Under another name the file would be opened without it: what was committed last would
/// be missing, and a command sent twice. And SQLite takes any log that has the right name for the file's own.
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
  /// Makes each mark another text than the one before it: SQLite writes no page that stays what it is.
  private let nonce: String

  init(_ state: State, _ salts: LogSalts) {
    self.state = state
    self.salts = salts
    nonce = Randomness.bytes(4).hex
  }

  /// `STATE:SALTS:NONCE`.
  init?(text: String) {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 3, let state = State(rawValue: String(parts[0])), let salts = UInt64(parts[1], radix: 16)
    else {
      return nil
    }
    (self.state, self.salts, nonce) = (state, LogSalts(salts), String(parts[2]))
  }

  var text: String { "\(state.rawValue):\(salts.text):\(nonce)" }

  /// Of a file alone, whatever lies beside it.
  ///
  /// - Returns: nil where there is none, as in a ledger of an earlier version, or the file can't be read.
  init?(inFileAt path: String) {
    do throws(LedgerError) {
      let connection = try ReadOnlyConnection(path: path, isImmutable: true)
      let text = try connection.statement("SELECT mark FROM log").first { (row) throws(LedgerError) in row.string(0) }
      guard let mark = text.flatMap({ LogMark(text: $0) }) else { return nil }
      self = mark
    } catch {
      // Whatever it is, it is SQLite's to say when the ledger is opened.
      return nil
    }
  }

  /// Whether a log goes on where the file ends that has this mark.
  ///
  /// The first salt counts how often the log was begun anew: by this gateway, which then writes a mark, or by a program
  /// that moved the log into the file meanwhile. A log that was begun without one before it, after a clean end, has other
  /// salts, but its first transaction has a mark that repeats these.
  func goesOn(in log: WriteAheadLog) -> Bool {
    if log.salts.steps(from: salts) <= Self.mostSteps { return true }
    return State.allCases.contains { log.isInFirstTransaction(Array("\($0.rawValue):\(salts.text):".utf8)) }
  }

  private static let mostSteps: UInt32 = 8
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
