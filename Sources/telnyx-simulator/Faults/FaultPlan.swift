/// Which fault the next create meets.
struct FaultPlan: Sendable {
  /// For every create that finds the queue empty. Nil is none.
  var standing: NamedFault?
  /// One for each of the next creates; nil spares one.
  var queue: ArraySlice<NamedFault?> = []

  mutating func next() -> Fault {
    let named = queue.isEmpty ? standing : queue.removeFirst()
    return named?.fault ?? Fault()
  }
}
