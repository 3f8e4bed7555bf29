internal import HeapModule

/// Things to do at a moment. Belongs to one loop.
///
/// Nearly every timer here is a deadline that is cancelled because all went well. So cancelling only empties the timer's
/// slot; the heap is rid of the cancelled ones when they outnumber the others, in the memory that it has.
package final class TimerQueue {
  package struct ID: Hashable, Sendable {
    fileprivate let slot: Int
    fileprivate let number: UInt64
  }

  private struct Entry: Comparable {
    let time: MonotonicTime
    let id: ID

    static func < (left: Entry, right: Entry) -> Bool {
      left.time == right.time ? left.id.number < right.id.number : left.time < right.time
    }
  }

  /// What to do, under the number of the timer that has the slot. Without an action it is free.
  private struct Slot {
    var number: UInt64
    var action: (() -> Void)?
  }

  private var heap = Heap<Entry>()
  private var slots: [Slot] = []
  private var free: [Int] = []
  /// Numbers are never given twice, so a timer that has run or was cancelled is told from the next in its slot.
  private var lastNumber: UInt64 = 0

  package init() {}

  /// When the earliest timer is due (a cancelled one may be counted: the loop then wakes for nothing).
  package var next: MonotonicTime? { heap.min?.time }

  @discardableResult
  package func schedule(at time: MonotonicTime, _ action: @escaping () -> Void) -> ID {
    lastNumber += 1
    let slot = Slot(number: lastNumber, action: action)
    let id: ID
    if let index = free.popLast() {
      slots[index] = slot
      id = ID(slot: index, number: lastNumber)
    } else {
      slots.append(slot)
      id = ID(slot: slots.count - 1, number: lastNumber)
    }
    heap.insert(Entry(time: time, id: id))
    return id
  }

  /// Does nothing where the timer has run or was cancelled.
  package func cancel(_ id: ID) {
    guard take(id) != nil else { return }
    let waiting = slots.count - free.count
    guard heap.count > 64, heap.count > waiting * 2 else { return }
    let slots = slots
    heap.removeAll { slots[$0.id.slot].number != $0.id.number }
  }

  /// Runs what is due, in order. A timer that is scheduled meanwhile waits for the next call.
  package func runDue(at now: MonotonicTime) {
    // Nearly never is there one.
    guard let first = heap.min, first.time <= now else { return }
    let last = lastNumber
    while let entry = heap.min, entry.time <= now, entry.id.number <= last {
      heap.removeMin()
      take(entry.id)?()
    }
  }

  /// Frees the timer's slot, and gives what was in it.
  private func take(_ id: ID) -> (() -> Void)? {
    guard slots[id.slot].number == id.number, let action = slots[id.slot].action else { return nil }
    slots[id.slot] = Slot(number: 0, action: nil)
    free.append(id.slot)
    return action
  }
}
