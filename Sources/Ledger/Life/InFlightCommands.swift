internal import Gateway
internal import JSON

/// The commands that exchanges of this process are sending, and the duplicates that wait for them.
///
/// Changed while a transaction runs and before it is known to commit, so every change is noted and can be undone.
struct InFlightCommands {
  struct Waiter {
    let address: AnswerAddress
    let audit: AuditedRequest
  }

  /// A class: it is put in, looked at and taken out, and each of these would copy a command's four texts.
  final class Sending {
    let command: StoredCommand
    /// Pages of the log, for its outcome.
    let pages: Int
    fileprivate(set) var waiters: [Waiter] = []

    fileprivate init(_ command: StoredCommand, pages: Int) {
      self.command = command
      self.pages = pages
    }
  }

  private enum Change {
    case began(ByteString)
    case ended(ByteString, Sending)
    case waited(AnswerAddress.Key, commandID: ByteString)
    case left(Waiter, commandID: ByteString, index: Int)
  }

  private var commands: [ByteString: Sending] = [:]
  private var waiting: [AnswerAddress.Key: ByteString] = [:]
  private var changes: [Change] = []
  private var outcomePages = 0

  subscript(commandID: String) -> StoredCommand? { commands[ByteString(commandID)]?.command }

  var count: Int { commands.count }

  /// Those that are being sent, not those that are looked up.
  var sending: [StoredCommand] { commands.values.lazy.map(\.command).filter { $0.state == .sending } }

  /// Pages of the log, for the outcomes of all and what those who wait are told.
  var pages: Int { outcomePages + WALEstimate.record * waiting.count }

  /// - Parameter pages: that its outcome may take.
  mutating func begin(_ command: consuming StoredCommand, pages: Int) {
    let commandID = ByteString(command.commandID)
    commands[commandID] = Sending(command, pages: pages)
    outcomePages += pages
    changes.append(.began(commandID))
  }

  /// The command has an outcome: nobody waits for it any more.
  mutating func end(_ commandID: String) -> Sending? {
    let commandID = ByteString(commandID)
    guard let ended = commands.removeValue(forKey: commandID) else { return nil }
    outcomePages -= ended.pages
    for waiter in ended.waiters { waiting[waiter.address.key] = nil }
    changes.append(.ended(commandID, ended))
    return ended
  }

  mutating func wait(_ waiter: Waiter, for commandID: String) {
    let commandID = ByteString(commandID)
    commands[commandID]?.waiters.append(waiter)
    waiting[waiter.address.key] = commandID
    changes.append(.waited(waiter.address.key, commandID: commandID))
  }

  /// - Returns: nil where it doesn't wait (any more).
  mutating func leave(_ address: AnswerAddress) -> (waiter: Waiter, commandID: String)? {
    guard let commandID = waiting.removeValue(forKey: address.key),
      let index = commands[commandID]?.waiters.firstIndex(where: { $0.address.key == address.key }),
      let waiter = commands[commandID]?.waiters.remove(at: index)
    else { return nil }
    changes.append(.left(waiter, commandID: commandID, index: index))
    return (waiter, commandID.text)
  }

  mutating func commit() { changes.removeAll(keepingCapacity: true) }

  mutating func rollBack() {
    while let change = changes.popLast() {
      switch change {
      case .began(let commandID):
        if let began = commands.removeValue(forKey: commandID) { outcomePages -= began.pages }
      case .ended(let commandID, let ended):
        commands[commandID] = ended
        outcomePages += ended.pages
        for waiter in ended.waiters { waiting[waiter.address.key] = commandID }
      case .waited(let key, let commandID):
        waiting[key] = nil
        commands[commandID]?.waiters.removeLast()
      case .left(let waiter, let commandID, let index):
        waiting[waiter.address.key] = commandID
        commands[commandID]?.waiters.insert(waiter, at: index)
      }
    }
  }
}
