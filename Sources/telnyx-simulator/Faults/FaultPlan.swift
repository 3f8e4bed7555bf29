/// Which fault the next call of a kind meets.
struct FaultPlan: Sendable {
  /// For every call that finds the queue empty. Nil is none.
  var standing: NamedFault?
  /// One for each of the next calls; nil spares one.
  var queue: ArraySlice<NamedFault?> = []

  mutating func next() -> Fault {
    let named = queue.isEmpty ? standing : queue.removeFirst()
    return named?.fault ?? Fault()
  }
}
