import Audit
import EventLoop
import Gateway
import JSON
import Ledger

/// All rows of a ledger, as a value: a transaction begins with a copy of it.
struct MemoryRows: Sendable {
  struct Command: Sendable {
    /// Never `done`: that is what a row in `outcomes` says.
    var command: StoredCommand
    let name: String
    let body: [UInt8]
    var token: TokenDigest?
  }

  struct Outcome: Sendable {
    let settled: WallTime
    let conferenceID: String
    let reply: StoredReply
  }

  struct Record: Sendable {
    let place: AuditChain
    let text: [UInt8]
    let columns: RecordColumns
  }

  private(set) var commands: [Int64: Command] = [:]
  /// Of the commands, in their order.
  private(set) var numbers: [Int64] = []
  private var numbersByID: [ByteString: Int64] = [:]
  var outcomes: [Int64: Outcome] = [:]
  var owners: [ByteString: (owner: ConferenceOwner, settled: WallTime)] = [:]
  var limits: [ByteString: Int64] = [:]
  /// In the order of their numbers.
  var records: [Record] = []
  var sinks: [String: Int64] = [:]
  var meta: [MetaKey: [UInt8]] = [:]
  var floodNotes: [Int64: [UInt8]] = [:]

  func number(of commandID: String) -> Int64? { numbersByID[ByteString(commandID)] }

  /// - Returns: false where the command's id is taken.
  mutating func insert(_ row: Command) -> Bool {
    let id = ByteString(row.command.commandID)
    guard numbersByID[id] == nil, commands[row.command.id] == nil else { return false }
    numbersByID[id] = row.command.id
    commands[row.command.id] = row
    numbers.insert(row.command.id, at: firstIndex(behind: row.command.id))
    return true
  }

  mutating func change(_ row: Int64, _ body: (inout Command) -> Void) {
    guard var command = commands[row] else { return }
    body(&command)
    commands[row] = command
  }

  mutating func delete(_ row: Int64) {
    outcomes[row] = nil
    guard let deleted = commands.removeValue(forKey: row) else { return }
    numbersByID[ByteString(deleted.command.commandID)] = nil
    numbers.remove(at: firstIndex(behind: row) - 1)
  }

  mutating func noteOwner(ofRow row: Int64) {
    guard let command = commands[row], let outcome = outcomes[row] else { return }
    owners[ByteString(outcome.conferenceID)] = (
      ConferenceOwner(team: command.command.team, token: command.token), outcome.settled
    )
  }

  /// A command with what its outcome says of it.
  func command(_ row: Int64) -> StoredCommand? {
    guard var command = commands[row]?.command else { return nil }
    if let outcome = outcomes[row] {
      command.settled = outcome.settled
      command.state = .done
    }
    return command
  }

  /// Where in `numbers` the first higher one is.
  func firstIndex(behind row: Int64) -> Int {
    var (low, high) = (0, numbers.count)
    while low < high {
      let middle = (low + high) / 2
      if numbers[middle] > row { high = middle } else { low = middle + 1 }
    }
    return low
  }

  func numbers(in range: ClosedRange<Int64>) -> ArraySlice<Int64> {
    let first = range.lowerBound == .min ? 0 : firstIndex(behind: range.lowerBound - 1)
    return numbers[first..<max(first, firstIndex(behind: range.upperBound))]
  }
}
