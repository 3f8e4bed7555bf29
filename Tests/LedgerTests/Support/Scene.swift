import Audit
import CLinux
import Conference
import EventLoop
import GRDB
import Gateway
import Glibc
import JSON
import Ledger
import LedgerPostgres
import LedgerSQLite
import Logging
import MemoryLedger
import Synchronization
import Testing

/// A directory of its own, gone at the end of the test.
final class TemporaryDirectory: Sendable {
  let path: String

  init() throws {
    var template = Array("/tmp/convene-ledger-XXXXXX".utf8CString)
    path = try #require(mkdtemp(&template).map { String(cString: $0) })
  }

  deinit { removeAll(path) }

  func file(_ name: String) -> String { "\(path)/\(name)" }
}

private func removeAll(_ path: String) {
  for name in names(in: path) { unlink("\(path)/\(name)") }
  rmdir(path)
}

func names(in directory: String) -> [String] {
  guard let stream = opendir(directory) else { return [] }
  defer { closedir(stream) }
  var names: [String] = []
  while let entry = readdir(stream) {
    let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    if name != ".", name != ".." { names.append(name) }
  }
  return names.sorted()
}

func contents(_ path: String) -> [UInt8]? {
  let file = convene_open(path, O_RDONLY, 0)
  guard file >= 0 else { return nil }
  defer { close(file) }
  var bytes: [UInt8] = []
  var block = [UInt8](repeating: 0, count: 65_536)
  while case let count = read(file, &block, block.count), count > 0 { bytes += block[..<count] }
  return bytes
}

func write(_ bytes: [UInt8], to path: String, flags: Int32 = O_WRONLY | O_CREAT | O_TRUNC) throws {
  let file = convene_open(path, flags, 0o644)
  try #require(file >= 0)
  defer { close(file) }
  try #require(write(file, bytes, bytes.count) == bytes.count)
}

func lines(_ bytes: [UInt8]) -> [[UInt8]] { bytes.split(separator: UInt8(ascii: "\n")).map(Array.init) }

/// Clocks that a test sets. They start at 2026-11-23T19:00:00Z, a day after the machine did.
final class TestClock: Sendable {
  private let time = Mutex((wall: Int64(1_795_460_400_000_000), sinceBoot: Int64(86_400_000_000)))
  let bootID: String

  init(bootID: String = "first") { self.bootID = bootID }

  func advance(_ duration: Duration) {
    time.withLock {
      $0.wall += duration.microseconds
      $0.sinceBoot += duration.microseconds
    }
  }

  /// Somebody sets the calendar; the machine's own clock goes on.
  func set(by duration: Duration) { time.withLock { $0.wall += duration.microseconds } }

  /// The machine starts anew after so long. What is opened then needs another `bootID`.
  func restart(after duration: Duration) {
    time.withLock {
      $0.wall += duration.microseconds
      $0.sinceBoot = 1_000_000
    }
  }

  var wall: WallTime { WallTime(microseconds: time.withLock { $0.wall }) }

  func ledgerClock(bootID: String? = nil) -> LedgerClock {
    LedgerClock(
      wall: { self.wall }, sinceBoot: { self.time.withLock { $0.sinceBoot } }, bootID: bootID ?? self.bootID)
  }
}

/// A ledger's store, its clock, and the ledgers that a test opens on it.
struct Scene {
  let directory: TemporaryDirectory
  let clock: TestClock
  /// nil = a file, or a database.
  let memory: MemoryStorage?
  /// nil = a file, or in memory.
  let postgres: PostgresScene?
  var path: String { directory.file("ledger.db") }

  /// - Parameter clock: of another scene, for what another ledger has left.
  init(clock: TestClock = TestClock()) throws {
    try self.init(
      clock: clock, memory: StoreKind.current == .memory ? MemoryStorage() : nil,
      postgres: StoreKind.current == .postgres ? PostgresScene() : nil)
  }

  private init(clock: TestClock, memory: MemoryStorage?, postgres: PostgresScene?) throws {
    directory = try TemporaryDirectory()
    self.clock = clock
    self.memory = memory
    self.postgres = postgres
  }

  /// Whether there is a file: what a test does to that can't be done to rows in memory.
  var hasFile: Bool { memory == nil && postgres == nil }

  /// What a process that is killed now leaves of the ledger.
  func killed() throws -> Scene {
    // Of a database's tables nothing is left but they themselves: the next process fences this one off.
    let left = try Scene(clock: clock, memory: memory.map { MemoryStorage(copying: $0) }, postgres: postgres)
    guard hasFile else { return left }
    for suffix in ["", "-wal"] { try LedgerTests.write(try #require(contents(path + suffix)), to: left.path + suffix) }
    return left
  }

  func open(
    _ sinks: [AuditSettings.Sink] = [], bootID: String? = nil,
    onFatal: @escaping @Sendable (LedgerError) -> Void = { _ in },
    options change: (inout LedgerOptions) -> Void = { _ in },
    settings changeSettings: (inout LedgerSettings) -> Void = { _ in }, logger: Logger = quiet
  ) throws(LedgerError) -> StoredLedger {
    var settings = LedgerSettings()
    settings.path = path
    changeSettings(&settings)
    var audit = AuditSettings()
    audit.sinks = sinks
    var options = LedgerOptions()
    options.organization = "example"
    options.configuration = "0123456789ab"
    options.clock = clock.ledgerClock(bootID: bootID)
    // So that a few long commands are enough to have the log moved.
    options.checkpointFrames = 1000
    change(&options)
    if let postgres {
      return try StoredLedger(
        in: postgres.storage(logger: logger), settings: settings, sinks: audit, options: options, logger: logger,
        onFatal: onFatal)
    }
    if let memory {
      return try StoredLedger(
        in: memory, settings: settings, sinks: audit, options: options, logger: logger, onFatal: onFatal)
    }
    return try StoredLedger(settings: settings, sinks: audit, options: options, logger: logger, onFatal: onFatal)
  }

  /// Reads the file as another process would. Not of a ledger in memory.
  func read<Value>(_ query: (Database) throws -> Value) throws -> Value {
    var configuration = Configuration()
    configuration.readonly = true
    return try DatabaseQueue(path: path, configuration: configuration).read(query)
  }

  func write(_ change: (Database) throws -> Void) throws {
    try DatabaseQueue(path: path).writeWithoutTransaction(change)
  }

  /// The audit's records, without `prev` and `hash`.
  func records() throws -> [JSONValue] {
    if let memory { return try memory.records.map { try JSONValue.parse($0) } }
    if let postgres {
      return try postgres.rows("SELECT record FROM SCHEMA.audit WHERE decision <> 'chain' ORDER BY writer, seq").map {
        try JSONValue.parse($0)
      }
    }
    return try read { try String.fetchAll($0, sql: "SELECT record FROM audit ORDER BY seq") }.map {
      try JSONValue.parse(Array($0.utf8))
    }
  }

  func decisions() throws -> [String] { try records().map { $0["decision"]?.string ?? "" } }

  /// The newest record that is a checkpoint last.
  func checkpoints() throws -> [Int64] {
    try records().filter { $0["checkpoint"] != nil }.compactMap { $0["seq"]?.integer }
  }

  /// In the order of their rows.
  func commandIDs() throws -> [String] {
    if let memory { return memory.commandIDs }
    if let postgres { return try postgres.texts("SELECT command_id FROM SCHEMA.commands ORDER BY row") }
    return try read { try String.fetchAll($0, sql: "SELECT command_id FROM commands ORDER BY id") }
  }

  /// Notes of what is being counted.
  func floodNotes() throws -> Int {
    if let memory { return memory.floodNotes }
    if let postgres { return try postgres.integer("SELECT count(*) FROM SCHEMA.notes WHERE key LIKE 'flood:%'") }
    return try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM meta WHERE key LIKE 'flood%'") ?? -1 }
  }

  func count(_ table: String) throws -> Int {
    if let memory { return memory.count(table) }
    if let postgres {
      let isSinks = table == "sinks"
      return try postgres.integer(
        "SELECT count(*) FROM SCHEMA.\(isSinks ? "notes" : table) WHERE \(isSinks ? "key LIKE 'sink:%'" : "true")"
          + (table == "audit" ? " AND decision <> 'chain'" : ""))
    }
    return try read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? -1 }
  }
}

func entry(_ requestID: String = "request", peer: String = "127.0.0.1:50312") -> AuditEntry {
  AuditEntry(
    organization: "example", peer: peer, requestID: requestID, received: .now, configuration: "0123456789ab")
}

func admission(
  _ commandID: String = "command", team: String = "support", caller: String = "dialer", fingerprint: UInt8 = 1,
  name: String = "standup", body: String? = nil, limits: [LimitCharge] = [], unavailability: Refusal? = nil,
  forbidden: Refusal? = nil, keyless: Bool = false, retryCount: Int = 0, joinWithin: Duration? = nil,
  requestID: String = "request",
  token: TokenDigest = .first
) -> LedgerRequest {
  var audit = entry(requestID)
  audit.team = team
  audit.caller = caller
  audit.commandID = commandID
  return .admit(
    Admission(
      commandID: commandID, team: team, caller: caller, fingerprint: [UInt8](repeating: fingerprint, count: 32),
      body: Array((body ?? #"{"call_control_id":"v3:of-\#(name)","name":"\#(name)"}"#).utf8), token: token,
      conferenceName: name, region: nil, limits: limits, unavailability: unavailability,
      forbidden: forbidden.map { ForbiddenCommand($0, fields: []) }, isKeyless: keyless, retryCount: retryCount,
      joinWithin: joinWithin,
      audit: AuditedRequest(audit)))
}

extension TokenDigest {
  static let first = TokenDigest(bytes: [UInt8](repeating: 1, count: 16))
  static let second = TokenDigest(bytes: [UInt8](repeating: 2, count: 16))
}

let reply = StoredReply(
  status: 200,
  fields: ["Content-Type": "application/json", "X-Odd": "a:1,\"\u{e9}\", é\t "],
  body: Array(#"{"data":{"id":"conference","name":"stand\u0075p"}}"#.utf8) + [0, 0xFF])

func settlement(
  _ commandID: String = "command", _ outcome: Settlement.Outcome = .done(conferenceID: "conference"),
  reply: StoredReply = reply, requestID: String = "request", otherwise: StoredReply? = nil
) -> LedgerRequest {
  var audit = entry(requestID)
  audit.team = "support"
  audit.caller = "dialer"
  audit.upstream = AuditEntry.Upstream(status: reply.status, attempts: 1, code: nil, milliseconds: 12)
  return .settle(
    Settlement(
      commandID: commandID, outcome: outcome, reply: reply, audit: audit,
      otherwise: otherwise.map { Settlement(commandID: commandID, outcome: .unknown, reply: $0, audit: audit) }))
}

/// What a look-up has shown, for a caller's repeat.
func resolution(
  _ finding: Resolution.Finding, of commandID: String = "command", requestID: String? = "request"
) -> LedgerRequest {
  .resolve(Resolution(commandID: commandID, finding: finding, audit: requestID.map { AuditedRequest(entry($0)) }))
}

extension Settlement {
  convenience init(
    commandID: String, outcome: Outcome, reply: StoredReply, audit: AuditEntry, otherwise: Settlement? = nil
  ) {
    self.init(
      commandID: commandID, outcome: outcome, reply: reply, audit: AuditedRequest(audit), upstream: audit.upstream,
      otherwise: otherwise)
  }
}

func unclear() -> LedgerRequest { resolution(.unclear) }
