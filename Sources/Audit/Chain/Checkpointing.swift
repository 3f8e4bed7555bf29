package import EventLoop

/// Where checkpoints stand, and the note of where the chain ends.
package struct Checkpointing {
  /// The note may lag by this, since each one costs a page of the log.
  private static let notingInterval: Duration = .seconds(1)

  package let signing: CheckpointSigning?
  /// The ledger is closing: what is left is vouched for at once.
  package var isClosing = false
  /// The newest checkpoint's own number.
  private var last: Int64
  /// When the first record after it was written.
  private var began: MonotonicTime?
  /// An earlier process left records that nothing vouches for, and nobody knows how long they have waited.
  private var isOverdue: Bool
  private var noted: Int64
  private var notingDue = MonotonicTime.now

  /// - Parameter newest: the newest record's number.
  package init(_ signing: CheckpointSigning?, _ notes: AuditNotes, newest: Int64) {
    self.signing = signing
    last = notes.checkpoint.map { $0.seq + 1 } ?? 0
    isOverdue = newest > last
    noted = notes.head?.seq ?? 0
  }

  /// When one is due although nothing else is to be written; nil = never.
  package var due: MonotonicTime? {
    guard let signing else { return nil }
    return isOverdue ? .now : began.map { $0 + signing.interval }
  }

  /// - Parameter seq: the newest record's.
  /// - Returns: the key to sign a checkpoint with, if one is due.
  package mutating func take(at now: MonotonicTime, seq: Int64) -> CheckpointSigning? {
    guard let signing, seq > last else { return nil }
    let began = began ?? now
    guard seq - last >= signing.every || now >= began + signing.interval || isOverdue || isClosing else {
      self.began = began
      return nil
    }
    self.began = nil
    isOverdue = false
    last = seq + 1
    return signing
  }

  /// Whether the chain's end is to be noted now.
  package mutating func takeNote(at now: MonotonicTime, seq: Int64) -> Bool {
    guard seq > noted, now >= notingDue || isClosing else { return false }
    noted = seq
    notingDue = now + Self.notingInterval
    return true
  }
}
