internal import HeapModule

/// Things to do at a moment. Belongs to one loop.
///
/// Nearly every timer here is a deadline that is cancelled because all went well, so cancelling is a table look-up; the
/// heap is rebuilt without the cancelled ones when they outnumber the others.
package final class TimerQueue {
  package struct ID: Hashable, Sendable {
    fileprivate let number: UInt64
  }

  private struct Entry: Comparable {
    let time: MonotonicTime
    let id: ID

    static func < (left: Entry, right: Entry) -> Bool {
      (left.time, left.id.number) < (right.time, right.id.number)
    }
  }

  private var heap = Heap<Entry>()
  private var actions: [ID: () -> Void] = [:]
  private var lastNumber: UInt64 = 0

  package init() {}

  /// When the earliest timer is due (a cancelled one may be counted: the loop then wakes for nothing).
  package var next: MonotonicTime? { heap.min?.time }

  @discardableResult
  package func schedule(at time: MonotonicTime, _ action: @escaping () -> Void) -> ID {
    lastNumber += 1
    let id = ID(number: lastNumber)
    actions[id] = action
    heap.insert(Entry(time: time, id: id))
    return id
  }

  /// Does nothing where the timer has run or was cancelled.
  package func cancel(_ id: ID) {
    actions[id] = nil
    if heap.count > 64, heap.count > actions.count * 2 {
      heap = Heap(heap.unordered.filter { actions[$0.id] != nil })
    }
  }

  /// Runs what is due, in order. A timer that is scheduled meanwhile waits for the next call.
  package func runDue(at now: MonotonicTime) {
    let last = lastNumber
    while let entry = heap.min, entry.time <= now, entry.id.number <= last {
      heap.removeMin()
      actions.removeValue(forKey: entry.id)?()
    }
  }
}
