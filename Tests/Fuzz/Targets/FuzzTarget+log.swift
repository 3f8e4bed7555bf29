internal import Synchronization

extension FuzzTarget {
  /// What SQLite does with its log: two bytes are a step. That the disk is full from somewhere on is a step, too.
  ///
  /// 1. What was synced without an error is in the file: all of it, and no more than was written.
  /// 2. What is read is what was written, and the size is what it is.
  /// 3. What was not synced yet is there up to some write, and nothing that came later.
  /// 4. After a failure nothing succeeds until the transaction is over, so that no commit is taken for done.
  static func checkLog(_ input: [UInt8]) throws(Violation) {
    let violation: Violation? = GatheredLog.shared.withLock { log in
      do throws(Violation) {
        guard log != nil else { throw Violation("a log can be opened") }
        try log?.begin()
        var steps = input.prefix(128)
        while let step = steps.popFirst() { try log?.take(step, steps.popFirst() ?? 0) }
        return nil
      } catch {
        return error
      }
    }
    if let violation { throw violation }
  }
}
