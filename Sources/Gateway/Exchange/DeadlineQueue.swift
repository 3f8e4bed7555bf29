internal import DequeModule
internal import EventLoop

/// Whose deadline is next.
///
/// All requests have the same time, counted from when their heads were there: they come nearly in the order of their
/// deadlines, and nearly all are over long before. A timer for each would cost ten times what a place in a queue does.
struct DeadlineQueue {
  private struct Entry {
    let deadline: MonotonicTime
    let exchange: ExchangeID
  }

  private var entries = Deque<Entry>()

  /// The earliest deadline.
  var next: MonotonicTime { entries.first?.deadline ?? .distantFuture }

  /// - Parameter open: those of all others are forgotten where they have become the most.
  mutating func add(_ exchange: ExchangeID, at deadline: MonotonicTime, open: borrowing OpenExchanges) {
    if entries.count > 64, entries.count > open.count * 2 { entries.removeAll { open[$0.exchange] == nil } }
    let entry = Entry(deadline: deadline, exchange: exchange)
    guard let last = entries.last, deadline < last.deadline else { return entries.append(entry) }
    // Its body took longer to arrive than other requests' did.
    var index = entries.count - 1
    while index > 0, deadline < entries[index - 1].deadline { index -= 1 }
    entries.insert(entry, at: index)
  }

  /// Takes one exchange whose deadline has passed.
  mutating func takeDue(at now: MonotonicTime, open: borrowing OpenExchanges) -> Exchange? {
    while let first = entries.first, first.deadline <= now {
      entries.removeFirst()
      if let exchange = open[first.exchange] { return exchange }
    }
    return nil
  }

  /// Forgets those in front that are over, so that nobody wakes for them.
  mutating func forgetClosed(open: borrowing OpenExchanges) {
    while let first = entries.first, open[first.exchange] == nil { entries.removeFirst() }
  }
}
