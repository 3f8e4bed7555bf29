internal import Conference
package import EventLoop
internal import Gateway
internal import JSON

/// What all sources together may put on the record in a while, and what each may of each kind.
///
/// - Within a second, so many records of one kind from one source, and so many in all, are written as they are. The rest is
///   counted, and told when the second is over. While that goes on the seconds become longer, up to sixteen of them: a
///   flood that lasts for hours has a few records a second.
/// - Sources of many addresses could have a counted record each instead: beyond so many of these, all other sources are told
///   together, by decision and status alone.
/// - Memory is bounded likewise: a source beyond the `mostKinds` of late counts against all alone.
struct FloodPool {
  private struct Kind: Hashable {
    /// Empty = all sources that have no counted record of their own.
    let source: ByteString
    let decision: AuditEntry.Decision
    let status: Int
    let rule: String?
    let call: ConferenceCall?

    init(source: ByteString, _ entry: AuditEntry) {
      self.init(source: source, decision: entry.decision, status: entry.status, rule: entry.rule, call: entry.call)
    }

    private init(
      source: ByteString, decision: AuditEntry.Decision, status: Int, rule: String?, call: ConferenceCall?
    ) {
      self.source = source
      self.decision = decision
      self.status = status
      self.rule = rule
      self.call = call
    }

    var shared: Kind { Kind(source: ByteString(""), decision: decision, status: status, rule: nil, call: nil) }
  }

  private static let mostKinds = 1024

  private let ofOneKind: Int
  private let inAll: Int
  private let mostCounts: Int

  private var all = FloodWindow()
  private var kinds: [Kind: FloodWindow] = [:]
  /// When to look again which of them are over.
  private var nextPurge = MonotonicTime(nanoseconds: .min)
  /// What is being counted.
  private var counts: [Kind: FloodCount] = [:]
  /// Those that are larger than was noted.
  private var grown: Set<Kind> = []
  /// When the first of them is to be told; nil = there is none.
  private(set) var due: MonotonicTime?

  init(ofOneKind: Int, inAll: Int, mostCounts: Int) {
    self.ofOneKind = ofOneKind
    self.inAll = inAll
    self.mostCounts = mostCounts
  }

  /// - Returns: whether the record was counted and must not be written.
  mutating func fold(_ record: AuditRecord, now: MonotonicTime, _ lastNote: inout Int64) -> Bool {
    let kind = Kind(source: Self.source(record.entry), record.entry)
    if counts[kind]?.add(record) != nil {
      grown.insert(kind)
      return true
    }
    if takePlace(kind, now: now) { return false }
    let length = max(kinds[kind]?.length ?? FloodWindow.shortest, all.lengthWhileExceeded)
    count(record, as: counts.count < mostCounts ? kind : kind.shared, of: kind, until: now + length, &lastNote)
    return true
  }

  /// How long what is always counted is counted before it is told.
  private static let countingTime: Duration = .seconds(10)

  /// Counts a record, whatever else there is.
  mutating func count(_ record: AuditRecord, now: MonotonicTime, _ lastNote: inout Int64) {
    let kind = Kind(source: Self.source(record.entry), record.entry)
    if counts[kind]?.add(record) != nil {
      grown.insert(kind)
    } else {
      count(
        record, as: counts.count < mostCounts ? kind : kind.shared, of: kind, until: now + Self.countingTime, &lastNote)
    }
  }

  /// Whether a record of this kind may be written as it is.
  private mutating func takePlace(_ kind: Kind, now: MonotonicTime) -> Bool {
    if kinds[kind] == nil, kinds.count >= Self.mostKinds {
      if now >= nextPurge {
        kinds = kinds.filter { !$0.value.isOver(at: now) }
        nextPurge = now + FloodWindow.shortest
      }
      guard kinds.count < Self.mostKinds else { return all.take(of: inAll, at: now) }
    }
    return kinds[kind, default: FloodWindow()].take(of: ofOneKind, at: now) && all.take(of: inAll, at: now)
  }

  private mutating func count(
    _ record: AuditRecord, as counted: Kind, of kind: Kind, until due: MonotonicTime, _ lastNote: inout Int64
  ) {
    grown.insert(counted)
    if counts[counted]?.add(record) != nil { return }
    lastNote += 1
    counts[counted] = FloodCount(
      first: counted == kind ? record : record.ofAnySource, note: lastNote, due: due)
    self.due = min(self.due ?? due, due)
  }

  var hasGrown: Bool { !grown.isEmpty }

  mutating func takeGrown() -> [AuditRecord] {
    defer { grown.removeAll(keepingCapacity: true) }
    return grown.compactMap { counts[$0]?.record }
  }

  /// - Parameter now: nil = take all.
  mutating func takeDue(now: MonotonicTime?) -> [AuditRecord] {
    guard let due, now.map({ $0 >= due }) ?? true else { return [] }
    var records: [AuditRecord] = []
    self.due = nil
    for (kind, count) in counts {
      guard now.map({ $0 >= count.due }) ?? true else {
        self.due = min(self.due ?? count.due, count.due)
        continue
      }
      counts[kind] = nil
      grown.remove(kind)
      records.append(count.record)
    }
    return records.sorted { $0.note ?? 0 < $1.note ?? 0 }
  }

  /// The caller, or whoever is at the other end, whatever port it has this time.
  private static func source(_ entry: AuditEntry) -> ByteString {
    if let caller = entry.caller { return ByteString("\(entry.team ?? "")/\(caller)") }
    let peer = entry.peer
    guard !peer.hasPrefix("unix:"), let colon = peer.utf8.lastIndex(of: UInt8(ascii: ":")) else {
      return ByteString(peer)
    }
    return ByteString(String(peer[..<colon]))
  }
}

/// So long so many pass; twice as long where it was exceeded the time before.
package struct FloodWindow: Sendable {
  static let shortest: Duration = .seconds(1)
  private static let longest: Duration = .seconds(16)

  package private(set) var length = shortest
  private var started: MonotonicTime?
  private var passed = 0
  private var isExceeded = false

  /// How long it is while no more pass.
  var lengthWhileExceeded: Duration { isExceeded ? length : Self.shortest }

  func isOver(at now: MonotonicTime) -> Bool { started.map { now >= $0 + length * 3 } ?? true }

  package init() {}

  /// - Parameter limit: how many pass.
  package mutating func take(of limit: Int, at now: MonotonicTime) -> Bool {
    if let started, now < started + length {
      guard passed < limit else {
        isExceeded = true
        return false
      }
    } else {
      length = isExceeded && !isOver(at: now) ? min(length * 2, Self.longest) : Self.shortest
      (started, passed, isExceeded) = (now, 0, false)
    }
    passed += 1
    return true
  }
}

/// Requests that one record will tell of.
struct FloodCount {
  /// When it is to be told.
  let due: MonotonicTime
  private let note: Int64
  /// The first of them, without what is not the same for all.
  private var first: AuditRecord
  private var count = 1
  private var until: WallTime

  init(first: AuditRecord, note: Int64, due: MonotonicTime) {
    self.first = first
    self.note = note
    self.due = due
    until = first.time
  }

  mutating func add(_ record: AuditRecord) {
    count += 1
    until = record.time
    first.keepCommon(with: record)
  }

  /// As it stands.
  var record: AuditRecord {
    var record = first
    record.folded = (count, until)
    record.note = note
    return record
  }
}

extension AuditRecord {
  /// What can be told of a request together with others from anywhere.
  package var ofAnySource: AuditRecord {
    AuditRecord(
      entry: AuditEntry(
        organization: entry.organization, peer: "", requestID: "", received: entry.received,
        configuration: entry.configuration, decision: entry.decision, status: entry.status), time: time)
  }

  /// Forgets what another request was not about: a count of many must not name the command of one.
  fileprivate mutating func keepCommon(with record: AuditRecord) {
    if let id = entry.commandID, record.entry.commandID?.utf8.elementsEqual(id.utf8) != true { entry.commandID = nil }
    if let call = entry.callControl, record.entry.callControl != call { entry.callControl = nil }
    if let state = entry.clientState, record.entry.clientState.map({ $0 == state }) != true { entry.clientState = nil }
    if !entry.fields.isEmpty, record.entry.fields != entry.fields { entry.fields = [] }
    if let id = entry.conferenceID, record.entry.conferenceID?.utf8.elementsEqual(id.utf8) != true {
      entry.conferenceID = nil
    }
    if entry.upstream != record.entry.upstream { entry.upstream = nil }
    if !entry.errors.isEmpty, record.entry.errors != entry.errors { entry.errors = .none }
  }
}
