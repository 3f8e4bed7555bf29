internal import EventLoop
internal import Gateway

/// Which finished commands are remembered beyond their time: those near a command of unknown outcome. As long as that one can
/// be looked up, somebody may have to be told that a conference that is found is not its own (`mayBelongToAnother`).
extension LedgerState {
  /// Far beyond whatever can be configured.
  static let forever: Duration = .seconds(100 * 366 * 86_400)

  /// Whether an outcome is still needed, however old it is.
  func isNeeded(_ command: StoredCommand) throws(LedgerError) -> Bool {
    guard command.state == .done else { return false }
    return try UnknownNeighbours(around: command.id, store).need(command.firstSent)
  }
}

/// The commands of unknown outcome next to a row, before and behind it. Rows lie in the order of their first send.
struct UnknownNeighbours {
  private struct Place {
    let row: Int64
    let firstSent: DualClockInstant
  }

  private let store: any LedgerStore
  private var before: Place?
  private var behind: Place?

  init(around row: Int64, _ store: any LedgerStore) throws(LedgerError) {
    self.store = store
    before = try Self.next(store, from: row, .before)
    behind = try Self.next(store, from: row, .behind)
  }

  /// Goes on to a later row.
  mutating func advance(to row: Int64) throws(LedgerError) {
    while let place = behind, place.row <= row {
      before = place
      behind = try Self.next(store, from: place.row, .behind)
    }
  }

  /// Whether a look-up of one of the two has to know of a command that was first sent then.
  func need(_ firstSent: DualClockInstant) -> Bool {
    func isWithin(_ duration: Duration, _ place: Place?) -> Bool {
      guard let place else { return false }
      let age = firstSent.age(of: place.firstSent)
      return max(age, .zero - age) <= duration
    }
    return isWithin(LedgerState.ownersAfter, before) || isWithin(LedgerState.ownersBefore, behind)
  }

  private static func next(
    _ store: any LedgerStore, from row: Int64, _ direction: RowDirection
  ) throws(LedgerError) -> Place? {
    try store.unknown(beyondRow: row, direction).map { Place(row: $0.row, firstSent: $0.firstSent) }
  }
}
