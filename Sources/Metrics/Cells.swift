internal import Synchronization

/// Counts that one thread raises and any other may read: no lock, and no instruction that locks the bus.
///
/// `@unchecked Sendable`: Safe because each cell is an atomic, and the memory lives as long as this.
package final class Cells: @unchecked Sendable {
  package let count: Int
  private let cells: UnsafeMutablePointer<Atomic<Int>>

  package init(_ count: Int) {
    self.count = count
    cells = .allocate(capacity: count)
    for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
  }

  deinit {
    cells.deinitialize(count: count)
    cells.deallocate()
  }

  package subscript(index: Int) -> Int {
    precondition(index >= 0 && index < count)
    return cells[index].load(ordering: .relaxed)
  }

  /// For the one thread that writes.
  package func add(_ amount: Int = 1, to index: Int) { set(index, to: self[index] &+ amount) }

  /// For the one thread that writes.
  package func set(_ index: Int, to value: Int) {
    precondition(index >= 0 && index < count)
    cells[index].store(value, ordering: .relaxed)
  }
}
