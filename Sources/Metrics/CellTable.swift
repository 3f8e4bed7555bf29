internal import Synchronization

/// Cells by a small number, such as a team's. Those of a number are made when they are first needed. Belongs to the thread that
/// writes.
package final class CellTable {
  /// The same, for any thread to read.
  package final class Reader: Sendable {
    fileprivate let made = Mutex<[Int: Cells]>([:])

    /// By their numbers.
    package var all: [Int: Cells] { made.withLock { $0 } }
  }

  package let reader = Reader()
  private let size: Int
  private var cells: [Cells?] = []

  /// - Parameter size: cells of each number.
  package init(size: Int) { self.size = size }

  package subscript(number: Int) -> Cells {
    if number < cells.count, let cells = cells[number] { return cells }
    return make(number)
  }

  private func make(_ number: Int) -> Cells {
    let new = Cells(size)
    while cells.count <= number { cells.append(nil) }
    cells[number] = new
    reader.made.withLock { $0[number] = new }
    return new
  }
}
