internal import EventLoop
internal import Gateway

/// The commands of the last 45 seconds whose callers gave no key, so that an SDK's retry of such a command finds it.
///
/// In memory: the table has no index for this, and at the start a look at its newest rows brings it back.
struct KeylessCommands {
  struct Key: Hashable {
    let team: ByteString
    let caller: ByteString
    let fingerprint: [UInt8]

    init(team: String, caller: String, fingerprint: [UInt8]) {
      self.team = ByteString(team)
      self.caller = ByteString(caller)
      self.fingerprint = fingerprint
    }
  }

  private struct Entry {
    let commandID: String
    let firstSent: Moment
  }

  private enum Change {
    case noted(Key, before: Entry?)
    case forgotten(Key, Entry)
  }

  // Beyond this the oldest are forgotten; their retries are then new commands, which is what they are anywhere else.
  let capacity: Int
  private var newest: [Key: Entry] = [:]
  /// In the order of noting; what is stale in it is dropped as it comes to the front.
  private var order: [(key: Key, commandID: String, firstSent: Moment)] = []
  private var front = 0
  private var changes: [Change] = []

  init(capacity: Int = 65_536) { self.capacity = capacity }

  var count: Int { newest.count }

  /// The id of the newest such command that is young enough to be joined.
  func find(_ key: Key, at now: Moment) -> String? {
    guard let entry = newest[key], now.isWithin(CommandLife.resendWindow, after: entry.firstSent) else { return nil }
    return entry.commandID
  }

  mutating func note(_ command: StoredCommand, at now: Moment) {
    let key = Key(team: command.team, caller: command.caller, fingerprint: command.fingerprint)
    let entry = Entry(commandID: command.commandID, firstSent: command.firstSent)
    changes.append(.noted(key, before: newest.updateValue(entry, forKey: key)))
    order.append((key, command.commandID, command.firstSent))
    forgetOld(at: now)
  }

  /// The command was not executed: a retry of it is a new try.
  mutating func forget(_ command: StoredCommand) {
    let key = Key(team: command.team, caller: command.caller, fingerprint: command.fingerprint)
    guard let entry = newest[key], entry.commandID == command.commandID else { return }
    newest[key] = nil
    changes.append(.forgotten(key, entry))
  }

  mutating func commit() { changes.removeAll(keepingCapacity: true) }

  mutating func rollBack() {
    while let change = changes.popLast() {
      switch change {
      case .noted(let key, let before): newest[key] = before
      case .forgotten(let key, let entry): newest[key] = entry
      }
    }
  }

  private mutating func forgetOld(at now: Moment) {
    while front < order.count {
      let oldest = order[front]
      let isYoung = now.isWithin(CommandLife.resendWindow, after: oldest.firstSent)
      if isYoung, order.count - front <= capacity { break }
      if newest[oldest.key]?.commandID == oldest.commandID { newest[oldest.key] = nil }
      front += 1
    }
    if front > 1024, front > order.count / 2 {
      order.removeFirst(front)
      front = 0
    }
  }
}
