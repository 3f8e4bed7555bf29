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
    /// It was taken over into another one, or that was begun: nothing may be decided by it any more.
    case imported
    /// The log beside it is missing, or is another file's.
    case log
    /// The file, or its log, is no longer where it was opened.
    case replaced
    /// The store found what it can't have written.
    case corrupt
    /// No space left. Passes when there is space again.
    case full
    /// The device failed to read or write: nothing that was not committed before can be trusted.
    case device
    /// The store can't be reached. Passes when it can.
    case unreachable
    /// Another replica was sooner: the transaction is undone, and what it wanted is to be judged anew.
    case conflict
    /// It isn't known whether the transaction is committed.
    case inDoubt
    /// Another process has taken this one's place: it may write nothing any more.
    case fenced
    /// The store has lost what it had acknowledged.
    case forgotten
    /// Anything else that the store reports. The transaction is undone.
    case failed
  }

  package let kind: Kind
  /// For people: names the file, says what is wrong and, where there is something, what to do.
  package let message: String
  /// The same for whoever can reach the admin listener: what it is, without what somebody else's program says of it.
  package let reason: String

  package init(_ kind: Kind, _ message: String, reason: String? = nil) {
    self.kind = kind
    self.message = message
    self.reason = reason ?? (kind == .full ? "the disk is full" : message)
  }

  /// Whether the process must end: what the next start finds on the disk is the only truth then.
  package var isFatal: Bool {
    switch kind {
    case .device, .corrupt, .replaced, .fenced, .forgotten: true
    case .path, .inUse, .notALedger, .newerVersion, .imported, .log, .full, .unreachable, .conflict, .inDoubt, .failed:
      false
    }
  }
}

extension LedgerError: CustomStringConvertible {
  package var description: String { message }
}

extension LedgerError {
  /// An error that happened to the ledger at `path`, which the message then names.
  package init(_ cause: LedgerError, path: String) {
    guard !cause.message.hasPrefix(path) else {
      self = cause
      return
    }
    let advice = cause.kind == .corrupt ? "the ledger is damaged; keep the file, and begin with another one: " : ""
    self.init(cause.kind, "\(path): \(advice)\(cause.message)", reason: cause.reason)
  }
}
