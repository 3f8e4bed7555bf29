internal import Synchronization

/// How many bytes of bodies are kept while they arrive, over all workers: many callers who send slowly must not fill the
/// memory. Nobody's body is waited for where there is no room for it.
package final class BodyBudget: Sendable {
  private static let least = 16 << 20

  private let held = Atomic<Int>(0)
  private let peak = Atomic<Int>(0)
  private let most: Int

  /// - Parameter maxBody: bytes of the largest body, of which some always have room.
  package init(maxBody: Int) { most = max(Self.least, maxBody * 4) }

  /// Bytes that are held now.
  package var count: Int { held.load(ordering: .relaxed) }

  /// The most that was held since this was asked.
  package func takePeak() -> Int { peak.exchange(count, ordering: .relaxed) }

  fileprivate func take(_ bytes: Int) -> Bool {
    let now = held.add(bytes, ordering: .relaxed).newValue
    // Two threads may overlook each other here: the peak is for guessing.
    if now > peak.load(ordering: .relaxed) { peak.store(now, ordering: .relaxed) }
    if now <= most { return true }
    giveBack(bytes)
    return false
  }

  fileprivate func giveBack(_ bytes: Int) { held.subtract(bytes, ordering: .relaxed) }
}

/// A body while it arrives. What it takes of the budget is given back with it.
struct ArrivingBody: ~Copyable {
  private(set) var bytes: [UInt8] = []
  private var charged: Int
  private let budget: BodyBudget

  /// - Parameter size: bytes, where the head says how many; else 0.
  /// - Returns: nil where there is no room for it.
  init?(of size: Int, in budget: BodyBudget) {
    guard budget.take(size) else { return nil }
    charged = size
    self.budget = budget
    bytes.reserveCapacity(size)
  }

  /// - Returns: false where there is no room for it.
  mutating func append(_ piece: UnsafeRawBufferPointer) -> Bool {
    let size = bytes.count + piece.count
    if size > charged {
      let more = max(size, charged * 2) - charged
      guard budget.take(more) else { return false }
      charged += more
      bytes.reserveCapacity(charged)
    }
    bytes.append(contentsOf: piece)
    return true
  }

  deinit { budget.giveBack(charged) }
}
