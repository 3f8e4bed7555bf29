/// The exchanges that are open, each in a slot of its own. An id says which slot, so that nothing is hashed to find the
/// exchange that an answer or an outcome is for. Belongs to one worker.
struct OpenExchanges {
  /// Of an id's bits, those that say which slot. The others count how often the slot was given away: with 40 bits, no id
  /// comes again while anyone remembers it.
  private static let slotBits: UInt64 = 24
  private static let slotMask: UInt64 = 1 << slotBits - 1

  private struct Slot {
    var uses: UInt64 = 0
    var exchange: Exchange?
  }

  private var slots: [Slot] = []
  private var free: [Int] = []
  private var lastWithoutSlot: UInt64 = 0

  var count: Int { slots.count - free.count }

  var isEmpty: Bool { count == 0 }

  var all: [Exchange] { slots.compactMap(\.exchange) }

  /// nil where it is closed, or never was one.
  subscript(id: ExchangeID) -> Exchange? {
    let index = Int(id.number & Self.slotMask)
    guard index < slots.count, slots[index].uses == id.number >> Self.slotBits else { return nil }
    return slots[index].exchange
  }

  /// An id for an exchange that is to be put in next.
  mutating func makeID() -> ExchangeID {
    let index: Int
    if let last = free.popLast() {
      index = last
    } else {
      index = slots.count
      precondition(index < Self.slotMask, "more requests are open than there are descriptors")
      slots.append(Slot())
    }
    slots[index].uses += 1
    return ExchangeID(number: slots[index].uses << Self.slotBits | UInt64(index))
  }

  /// An id of no exchange, for what the ledger is asked without one.
  mutating func makeIDWithoutSlot() -> ExchangeID {
    lastWithoutSlot += 1
    return ExchangeID(number: lastWithoutSlot << Self.slotBits | Self.slotMask)
  }

  /// - Parameter exchange: with an id from `makeID`.
  mutating func put(_ exchange: Exchange) { slots[Int(exchange.id.number & Self.slotMask)].exchange = exchange }

  mutating func remove(_ id: ExchangeID) {
    guard self[id] != nil else { return }
    let index = Int(id.number & Self.slotMask)
    slots[index].exchange = nil
    free.append(index)
  }
}
