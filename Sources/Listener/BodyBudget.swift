internal import Gateway

/// How many bytes of bodies are kept while they arrive, over all workers: many callers who send slowly must not fill the
/// memory. Nobody's body is waited for where there is no room for it.
package final class BodyBudget: Sendable {
  private static let least = 16 << 20

  fileprivate let room: SharedRoom
  /// Bytes of the largest body.
  fileprivate let maxBody: Int

  /// - Parameter maxBody: bytes of the largest body, of which some always have room.
  package init(maxBody: Int) {
    self.maxBody = maxBody
    room = SharedRoom(most: max(Self.least, maxBody * 4))
  }

  /// Bytes that are held now.
  package var count: Int { room.count }

  /// The most that was held since this was asked.
  package func takePeak() -> Int { room.takePeak() }
}

/// A body while it arrives. What it takes of the budget is given back with it.
struct ArrivingBody: ~Copyable {
  private(set) var bytes: [UInt8] = []
  private var charged = 0
  private let budget: BodyBudget
  private let holding: Holding?

  /// - Parameter share: its caller's; nil where the caller is not known.
  init(in budget: BodyBudget, of share: CallerShare?) {
    self.budget = budget
    holding = share?.bodies
  }

  /// Takes what the whole body will need.
  ///
  /// - Returns: why there is no room for it, else nil.
  mutating func reserve(_ size: Int) -> SharedRoom.Shortage? {
    guard size > charged else { return nil }
    if let shortage = budget.room.take(size - charged, for: holding) { return shortage }
    charged = size
    bytes.reserveCapacity(size)
    return nil
  }

  /// - Returns: why there is no room for it, else nil.
  mutating func append(_ piece: UnsafeRawBufferPointer) -> SharedRoom.Shortage? {
    let size = bytes.count + piece.count
    // In chunks nobody knows before how much there is.
    if size > charged, let shortage = reserve(max(size, min(charged * 2, budget.maxBody))) { return shortage }
    bytes.append(contentsOf: piece)
    return nil
  }

  deinit { budget.room.giveBack(charged, of: holding) }
}
