/// All conferences since the start or the last reset, and the command ids that made them.
///
/// Names and command ids are keyed by their bytes: to Swift's `==` a composed and a decomposed letter are the same.
struct ConferenceRegistry: Sendable {
  /// In order of creation.
  private(set) var all: [Conference] = []
  private var byID: [String: Int] = [:]
  private var byName: [[UInt8]: [Int]] = [:]
  private var byCommand: [[UInt8]: (index: Int, time: ContinuousClock.Instant)] = [:]

  subscript(id: String) -> Conference? { byID[id].map { all[$0] } }

  func named(_ name: String) -> [Conference] { (byName[Array(name.utf8)] ?? []).map { all[$0] } }

  /// Whether an active conference has this name.
  func isTaken(_ name: String) -> Bool { byName[Array(name.utf8)]?.contains { all[$0].isActive } ?? false }

  /// The conference that a command made, if that was within the window.
  func made(by commandID: String, of owner: String?, within window: Duration) -> Conference? {
    guard let made = byCommand[Self.key(commandID, owner)], made.time.duration(to: .now) < window else { return nil }
    return all[made.index]
  }

  /// - Parameter time: when its command was executed.
  mutating func add(_ conference: Conference, commandID: String?, at time: ContinuousClock.Instant = .now) {
    let index = all.count
    all.append(conference)
    byID[conference.id] = index
    byName[Array(conference.name.utf8), default: []].append(index)
    if let commandID { byCommand[Self.key(commandID, conference.owner)] = (index, time) }
  }

  private static func key(_ commandID: String, _ owner: String?) -> [UInt8] {
    Array(commandID.utf8) + (owner.map { [0] + Array($0.utf8) } ?? [])
  }

  /// - Returns: what the change returns, or nil where there is no conference with this id.
  mutating func change<Outcome, Failure>(
    _ id: String, _ change: (inout Conference) throws(Failure) -> Outcome
  ) throws(Failure) -> Outcome? {
    guard let index = byID[id] else { return nil }
    return try change(&all[index])
  }

  /// The conference that a path names, for the calls that take its name there as well as its id: of several that have had
  /// the name, the last one.
  func resolve(_ idOrName: String) -> Conference? { self[idOrName] ?? named(idOrName).last }
}
