internal import GRDB

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
    let result = ResultCode(rawValue: code)
    let kind: Kind =
      switch result.primaryResultCode {
      case .SQLITE_FULL: .full
      // The log's index in -shm could not grow. What is in the log without being in the index is written over.
      case _ where result == .SQLITE_IOERR_SHMSIZE: .full
      case .SQLITE_IOERR: .device
      case .SQLITE_CORRUPT, .SQLITE_NOTADB: .corrupt
      default: .failed
      }
    self.init(kind, "SQLite error \(code): \(message)")
  }

  /// An error that happened to the ledger at `path`, which the message then names.
  init(_ error: any Error, path: String) {
    let cause =
      switch error {
      case let error as LedgerError: error
      case let error as DatabaseError:
        LedgerError(sqlite: error.extendedResultCode.rawValue, error.message ?? "unknown")
      default: LedgerError(.failed, "\(error)")
      }
    guard !cause.message.hasPrefix(path) else {
      self = cause
      return
    }
    let advice = cause.kind == .corrupt ? "the ledger is damaged; keep the file, and begin with another one: " : ""
    self.init(cause.kind, "\(path): \(advice)\(cause.message)")
  }
}
