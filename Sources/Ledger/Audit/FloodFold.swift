internal import EventLoop
internal import Gateway

/// Keeps a flood of refusals from filling the disk: beyond so many a second of one kind from one source, they are counted,
/// and one record tells how many there were.
///
/// Never asked about what was forwarded, replayed or recovered: each of those has a record of its own.
struct FloodFold {
  private struct Key: Hashable {
    let source: ByteString
    let decision: AuditEntry.Decision
    let status: Int
    let rule: String?
  }

  private struct Window {
    var started: MonotonicTime
    var passed = 0
    var count = 0
    /// The first that was folded, which stands for all, and when the last one was.
    var folded: AuditRecord?
    var until = WallTime(microseconds: 0)
    /// The number of the note of it.
    var note: Int64 = 0

    /// The record as it stands.
    var record: AuditRecord? {
      guard var record = folded else { return nil }
      record.folded = (count, until)
      record.note = note
      return record
    }
  }

  /// Records that one source may have of one kind in a second.
  private let allowed: Int
  /// Sources of many addresses could fill the memory instead: beyond so many, all others are one.
  private static let maximumWindows = 4096
  private static let length: Duration = .seconds(1)

  private var windows: [Key: Window] = [:]
  private var first: MonotonicTime?
  /// Those whose count is larger than was noted.
  private var grown: Set<Key> = []
  /// The last number that a note was given.
  var lastNote: Int64 = 0

  init(allowed: Int = 50) { self.allowed = allowed }

  /// When something that was counted is due to be told; nil = nothing.
  var due: MonotonicTime? { first.map { $0 + Self.length } }

  /// - Returns: whether the record was counted here and must not be written.
  mutating func fold(_ record: AuditRecord, now: MonotonicTime) -> Bool {
    let entry = record.entry
    var key = Key(
      source: Self.source(entry), decision: entry.decision, status: entry.status, rule: entry.rule)
    if windows[key] == nil, windows.count >= Self.maximumWindows {
      windows = windows.filter { $0.value.folded != nil || now < $0.value.started + Self.length }
      if windows.count >= Self.maximumWindows {
        key = Key(source: ByteString(""), decision: key.decision, status: key.status, rule: nil)
      }
    }
    var window = windows[key] ?? Window(started: now)
    if window.folded == nil, now >= window.started + Self.length { window = Window(started: now) }
    defer { windows[key] = window }
    if window.passed < allowed {
      window.passed += 1
      return false
    }
    window.count += 1
    if window.folded == nil {
      window.folded = record
      lastNote += 1
      window.note = lastNote
    }
    window.until = record.time
    grown.insert(key)
    first = min(first ?? window.started, window.started)
    return true
  }

  /// Takes what is to be noted: the records that have grown, as they stand.
  mutating func takeGrown() -> [AuditRecord] {
    guard !grown.isEmpty else { return [] }
    defer { grown.removeAll(keepingCapacity: true) }
    return grown.compactMap { windows[$0]?.record }
  }

  /// Takes the counted records of the seconds that are over (`now` = nil: of all).
  mutating func takeDue(now: MonotonicTime?) -> [AuditRecord] {
    if let now, let due, now < due { return [] }
    guard first != nil else { return [] }
    var due: [AuditRecord] = []
    first = nil
    for (key, window) in windows {
      guard now.map({ $0 >= window.started + Self.length }) ?? true else {
        if window.folded != nil { first = min(first ?? window.started, window.started) }
        continue
      }
      windows[key] = nil
      grown.remove(key)
      if let record = window.record { due.append(record) }
    }
    return due
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
