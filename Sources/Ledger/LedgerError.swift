internal import CSQLite

/// Why the ledger can't be opened, or can't be written.
package struct LedgerError: Error, Sendable, Equatable {
  package enum Kind: Sendable, Equatable {
    /// The path can't be used: no directory, no permission, not a file.
    case path
    /// Another process has it open.
    case inUse
    /// A file that some other program made.
    case notALedger
    /// Made by a newer Convene.
    case newerVersion
    /// The log beside it is missing, or is another file's.
    case log
    /// The file, or its log, is no longer where it was opened.
    case replaced
    /// SQLite found what it can't have written.
    case corrupt
    /// No space left. Passes when there is space again.
    case full
    /// The device failed to read or write: nothing that was not committed before can be trusted.
    case device
    /// Anything else that SQLite reports. The transaction is undone.
    case failed
  }

  package let kind: Kind
  /// For people: names the file, says what is wrong and, where there is something, what to do.
  package let message: String

  package init(_ kind: Kind, _ message: String) {
    self.kind = kind
    self.message = message
  }

  /// Whether the process must end: what the next start finds on the disk is the only truth then.
  package var isFatal: Bool { kind == .device || kind == .corrupt || kind == .replaced }
}

extension LedgerError: CustomStringConvertible {
  package var description: String { message }
}

extension LedgerError {
  /// - Parameter code: SQLite's result code, primary or extended.
  init(sqlite code: Int32, _ message: String) {
    // The low byte of an extended code is the primary one. (sqlite.org/rescode.html.)
    let kind: Kind =
      switch code & 0xFF {
      case SQLITE_FULL: .full
      // The log's index in -shm could not grow. What is in the log without being in the index is written over.
      case _ where code == convene_sqlite_no_space_for_index: .full
      case SQLITE_IOERR: .device
      case SQLITE_CORRUPT, SQLITE_NOTADB: .corrupt
      default: .failed
      }
    self.init(kind, "SQLite error \(code): \(message)")
  }

  /// An error that happened to the ledger at `path`, which the message then names.
  init(_ cause: LedgerError, path: String) {
    guard !cause.message.hasPrefix(path) else {
      self = cause
      return
    }
    let advice = cause.kind == .corrupt ? "the ledger is damaged; keep the file, and begin with another one: " : ""
    self.init(cause.kind, "\(path): \(advice)\(cause.message)")
  }
}
