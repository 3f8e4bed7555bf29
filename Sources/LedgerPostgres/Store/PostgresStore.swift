internal import Audit
internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger
internal import Logging

/// The ledger's rows in PostgreSQL's tables. What a transaction writes is kept here until it is committed, and leaves in one
/// statement; what is read in between is looked for here first.
final class PostgresStore {
  /// From the first question of a batch to its commit. Who waits for that is to hear within two seconds.
  static let patience: Duration = .milliseconds(1600)
  /// Nobody waits for a start as a caller does, and a busy database answers a new connection late.
  private static let patienceAtStart: Duration = .seconds(10)

  let session: PostgresSession
  let opening: ChainOpening
  let lease = SendingLease()
  let chain: AuditChain
  let pseudonymKey: [UInt8]

  var clock = ServerClock()
  let buffer = WriteBuffer()
  var sending = SendingRows()
  /// What was read for this batch.
  var facts = Facts()
  /// What this transaction has changed; nil = deleted.
  var changed: [ByteString: Fact?] = [:]
  var charges = Charges()
  /// By the id of an admission without a key: those that are equal to it.
  var equals: [ByteString: [String]] = [:]
  /// Whose conferences are, as was read for this batch; nil = nobody knows.
  var owners: [ByteString: ConferenceOwner?] = [:]
  /// Numbers of rows that nobody else has, and of which connection, by its epoch: a server that has crashed meanwhile, or a standby
  /// in its place, may hand out some of them again.
  private var freeRows: (numbers: ArraySlice<Int64>, epoch: Int32) = ([], 0)
  var notes: [String: [UInt8]] = [:]
  var changedNotes: [String: [UInt8]?] = [:]
  /// Of the batch that is being judged; nil = it has asked for nothing yet.
  private var deadline: MonotonicTime?
  private var leaseDue = MonotonicTime.now
  var upkeepDue = MonotonicTime.now
  /// Until it serves.
  private var startDeadline: MonotonicTime? = .now + patienceAtStart
  var careDue = MonotonicTime.now
  var retentionDue = MonotonicTime.now
  var partitionsDue = MonotonicTime.now
  /// The number of a batch of which nobody knows whether it is committed.
  var doubtful: Int64?
  var doubtAsked: Int64 = 0
  var replicas: Int64 = 1

  init(_ session: PostgresSession, _ opening: PostgresSession.Opening) {
    self.session = session
    self.opening = ChainOpening(replica: session.settings.replica, writer: session.writer)
    chain = AuditChain(seq: opening.seq, hash: opening.hash)
    pseudonymKey = opening.pseudonymKey
  }

  /// Reads what is read once.
  ///
  /// - Parameter asked: as the lease said before the writer was made.
  func begin(asked: Int64) throws(LedgerError) {
    noteAlive(asked: asked)
    try readClock()
    let rows = try read("notes_v1", session.writer)
    for row in 0..<rows.rows { notes[rows.text(row, 0) ?? ""] = rows.bytes(row, 1) }
    notes[MetaKey.anchor.rawValue] = try read("anchor_v1", session.writer).bytes(0, 0)
  }

  /// How many numbers of rows there are.
  var freeRowCount: Int { freeRows.epoch == session.epoch ? freeRows.numbers.count : 0 }

  func takeFreeRow() -> Int64? { freeRowCount > 0 ? freeRows.numbers.popFirst() : nil }

  /// The server has just given them.
  func addFreeRows(_ numbers: [Int64]) {
    let before = freeRowCount > 0 ? Array(freeRows.numbers) : []
    freeRows = ((before + numbers)[...], session.epoch)
  }

  /// By when the batch's next answer must be there.
  func batchDeadline() -> MonotonicTime {
    if let deadline { return deadline }
    let patient = MonotonicTime.now + Self.patience
    let new = max(patient, startDeadline ?? patient)
    deadline = new
    return new
  }

  /// From now on somebody waits for each batch.
  func beginServing() {
    startDeadline = nil
    beginBatch()
  }

  /// A new batch has its own.
  func beginBatch() { deadline = nil }

  /// To say something where there is nothing to be said: well within the lease.
  ///
  /// - Parameter asked: as the lease said before.
  func noteAlive(asked: Int64) {
    lease.renew(session.settings.lease, asked: asked)
    leaseDue = .now + session.settings.lease * 3 / 10
  }

  /// One that writes all the time need not say that it lives, and sees to what others have left all the same.
  var keepUpDue: MonotonicTime { min(leaseDue, upkeepDue) }

  /// Asks one of the functions that only read.
  func read(_ function: String, _ parameters: PostgresParameters) throws(LedgerError) -> PostgresResult {
    do throws(PostgresError) {
      return try session.read(function, parameters, by: batchDeadline())
    } catch {
      throw LedgerError(error)
    }
  }

  func read(_ function: String, _ number: Int64) throws(LedgerError) -> PostgresResult {
    var parameters = PostgresParameters()
    parameters.append(number)
    return try read(function, parameters)
  }
}

extension PostgresStore: SharedLedgerStore {
  var now: DualClockInstant? { session.settings.usesServerClock ? clock.now : nil }
}
