internal import EventLoop
internal import Gateway
internal import JSON

/// Duplicates of commands that other replicas are sending. The ledger is asked from time to time whether they still are; when one
/// isn't, who waited for it is judged anew.
///
/// Changed while a transaction runs and before it is known to commit, so what came is noted and can be undone.
struct ElsewhereWaiters {
  struct Waiter {
    let admission: Admission
    let address: AnswerAddress
    let commandID: String
  }

  private static let shortest: Duration = .milliseconds(25)
  private static let longest: Duration = .milliseconds(250)

  private var waiters: [AnswerAddress.Key: Waiter] = [:]
  private var new: [AnswerAddress.Key] = []
  private var interval = shortest
  private var due = MonotonicTime.now

  /// When to ask; nil = nobody waits.
  var pollDue: MonotonicTime? { waiters.isEmpty ? nil : due }

  /// Of the commands that are waited for; each once.
  var commandIDs: [String] { Array(Set(waiters.values.lazy.map { ByteString($0.commandID) })).map(\.text).sorted() }

  mutating func wait(_ waiter: Waiter) {
    waiters[waiter.address.key] = waiter
    new.append(waiter.address.key)
    interval = Self.shortest
    due = min(due, .now + interval)
  }

  /// - Returns: nil where it doesn't wait (any more).
  mutating func leave(_ address: AnswerAddress) -> Waiter? { waiters.removeValue(forKey: address.key) }

  /// - Parameter sending: the commands that are being sent still.
  /// - Returns: those who waited for others.
  mutating func takeEnded(stillSending sending: Set<String>) -> [Waiter] {
    let still = Set(sending.map { ByteString($0) })
    let ended = waiters.filter { !still.contains(ByteString($0.value.commandID)) }
    for key in ended.keys { waiters[key] = nil }
    polled()
    return Array(ended.values)
  }

  /// The next time is a little later.
  mutating func polled() {
    interval = min(interval * 3 / 2, Self.longest)
    due = .now + interval
  }

  mutating func commit() { new.removeAll(keepingCapacity: true) }

  mutating func rollBack() {
    for key in new { waiters[key] = nil }
    commit()
  }
}
