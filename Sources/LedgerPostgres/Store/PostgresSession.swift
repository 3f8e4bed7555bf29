internal import Crypto
internal import EventLoop

/// One replica's connection and what the database knows it by. Where the connection was lost, the next use makes a new one and
/// fences off what may still be under way on the old one.
///
/// For the ledger's thread, which waits: each wait ends by a deadline.
final class PostgresSession {
  private static let shortestPause: Duration = .milliseconds(100)
  private static let longestPause: Duration = .seconds(1)

  let settings: PostgresLedgerSettings
  let writer: Int64
  private let process: [UInt8]
  private(set) var epoch: Int32
  /// The last batch that is known to be committed.
  private(set) var committed: Int64
  private var connection: PostgresConnection?
  /// After an attempt that failed, none before that.
  private var nextAttempt = MonotonicTime.now
  private var pause = shortestPause
  /// Why the last attempt failed.
  private var failure: PostgresError?

  /// What the database says to a process that begins.
  struct Opening {
    let seq: Int64
    let hash: [UInt8]
    let pseudonymKey: [UInt8]
    let warnings: [String]
  }

  /// - Returns: the session, and what was found.
  static func open(
    _ settings: PostgresLedgerSettings, by deadline: MonotonicTime
  ) throws(PostgresError) -> (PostgresSession, Opening) {
    let connection = try PostgresConnection(settings.current, by: deadline)
    let warnings = try PostgresCheck.run(
      on: connection, schema: settings.schema, keepingAudit: settings.keepAudit, by: deadline)
    try PostgresTimeouts.set(on: connection, by: deadline)
    let process = Randomness.bytes(16)
    var parameters = PostgresParameters()
    parameters.append(settings.replica)
    parameters.append(process)
    parameters.append(settings.organization)
    parameters.append(settings.lease.microseconds)
    let row = try connection.run(
      "SELECT writer, epoch, batch, seq, hash, pseudonym_key FROM \(settings.schema).open_v1($1, $2, $3, $4)",
      parameters, by: deadline)
    guard let writer = row.integer(0, 0), let epoch = row.integer(0, 1), let batch = row.integer(0, 2),
      let seq = row.integer(0, 3), let hash = row.bytes(0, 4), let key = row.bytes(0, 5)
    else { throw PostgresError(.other, "no writer was made") }
    let session = PostgresSession(settings, writer, process, Int32(epoch), batch)
    try session.prepare(connection, by: deadline)
    session.connection = connection
    return (session, Opening(seq: seq, hash: hash, pseudonymKey: key, warnings: warnings))
  }

  private init(
    _ settings: PostgresLedgerSettings, _ writer: Int64, _ process: [UInt8], _ epoch: Int32, _ batch: Int64
  ) {
    self.settings = settings
    self.writer = writer
    self.process = process
    self.epoch = epoch
    committed = batch
  }

  var isConnected: Bool { connection?.isUsable ?? false }

  /// Sends all of these in one write and waits for all answers; each is a transaction of its own.
  func run(
    _ statements: [PostgresConnection.Statement], by deadline: MonotonicTime
  ) throws(PostgresError) -> [PostgresConnection.Answer] {
    try use(by: deadline) { (connection) throws(PostgresError) in try connection.run(statements, by: deadline) }
  }

  /// Does something with the connection. A server that gave no answer in time is not asked again at once: whoever comes next would
  /// wait as long for nothing.
  private func use<Value>(
    by deadline: MonotonicTime, _ body: (PostgresConnection) throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    let connection = try connect(by: deadline)
    do throws(PostgresError) {
      return try body(connection)
    } catch {
      if !connection.isUsable, .now >= deadline { pauseAttempts() }
      throw error
    }
  }

  /// Not all replicas at the same moments.
  private func pauseAttempts() {
    let jitter = Double.random(in: 0.5...1)
    nextAttempt = .now + .microseconds(Int64(Double(pause.microseconds) * jitter))
    pause = min(pause * 2, Self.longestPause)
  }

  /// Runs one that only reads: once more where the connection turns out to have ended.
  func read(
    _ function: String, _ parameters: PostgresParameters, by deadline: MonotonicTime
  ) throws(PostgresError) -> PostgresResult {
    let places = (1...max(parameters.count, 1)).prefix(parameters.count).map { "$\($0)" }.joined(separator: ", ")
    let sql = "SELECT * FROM \(settings.schema).\(function)(\(places))"
    do throws(PostgresError) {
      return try use(by: deadline) { (connection) throws(PostgresError) in
        try connection.run(sql, parameters, by: deadline)
      }
    } catch  where !isConnected && MonotonicTime.now < deadline {
      return try connect(by: deadline).run(sql, parameters, by: deadline)
    }
  }

  func prune(
    keep: Duration, signedBy key: SigningKey?, at time: WallTime, by deadline: MonotonicTime
  ) throws(PostgresError) -> PostgresRetention.Outcome {
    let teller = PostgresRetention.Teller(writer: writer, organization: settings.organization, time: time)
    return try PostgresRetention.run(
      on: connect(by: deadline), schema: settings.schema, keep: keep, signedBy: key, telling: teller, by: deadline)
  }

  /// Records that others have left, with what is left of earlier ones.
  func takeNotes(by deadline: MonotonicTime) throws(PostgresError) -> PostgresResult {
    let connection = try connect(by: deadline)
    var parameters = PostgresParameters()
    parameters.append(writer)
    // The one that this connection has.
    parameters.append(epoch)
    return try connection.run(
      "SELECT note, value FROM \(settings.schema).take_notes_v1($1, $2)", parameters, by: deadline)
  }

  func adoptAnchors(
    signedBy key: SigningKey, look: Int64, by deadline: MonotonicTime
  ) throws(PostgresError) -> [Int64] {
    try PostgresRetention.adopt(
      on: connect(by: deadline), schema: settings.schema, signedBy: key, look: look, by: deadline)
  }

  func noteCommitted(_ batch: Int64) { committed = max(committed, batch) }

  /// The connection, a new one where there is none. After that nothing that an old one sent can be committed any more.
  @discardableResult
  func connect(by deadline: MonotonicTime) throws(PostgresError) -> PostgresConnection {
    if let connection, connection.isUsable { return connection }
    connection = nil
    guard MonotonicTime.now >= nextAttempt else {
      throw PostgresError(
        .unreachable, failure?.text ?? "not connected", sqlState: failure?.sqlState ?? "", cause: failure?.kind)
    }
    do throws(PostgresError) {
      let new = try PostgresConnection(settings.current, by: deadline)
      _ = try PostgresCheck.run(on: new, schema: settings.schema, by: deadline)
      try PostgresTimeouts.set(on: new, by: deadline)
      try fence(on: new, by: deadline)
      try prepare(new, by: deadline)
      connection = new
      pause = Self.shortestPause
      failure = nil
      return new
    } catch {
      failure = error
      pauseAttempts()
      throw error
    }
  }

  private func fence(on connection: PostgresConnection, by deadline: MonotonicTime) throws(PostgresError) {
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(process)
    let row = try connection.run(
      "SELECT epoch, batch FROM \(settings.schema).fence_v1($1, $2)", parameters, by: deadline)
    guard let epoch = row.integer(0, 0), let batch = row.integer(0, 1) else {
      throw PostgresError(.fenced, "another process has begun as replica \(settings.replica)")
    }
    guard batch >= committed else {
      throw PostgresError(
        .forgotten,
        """
        the database has lost what it acknowledged: \(committed - batch) of this replica's last transactions, and perhaps others'. \
        Find the server that has them, or look for what is lacking in the sinks
        """)
    }
    (self.epoch, committed) = (Int32(epoch), batch)
  }

  // MARK: What each batch runs

  private func prepare(_ connection: PostgresConnection, by deadline: MonotonicTime) throws(PostgresError) {
    for (name, columns, parameters) in Self.hot {
      let places = (1...parameters.count).map { "$\($0)" }.joined(separator: ", ")
      try connection.prepare(
        name, "SELECT \(columns) FROM \(settings.schema).\(name)(\(places))", types: parameters, by: deadline)
    }
  }

  private static let hot: [(String, String, PostgresParameters)] = {
    var ids = PostgresParameters()
    ids.append(array: [String]())
    return [
      ("look_v1", "*", looking(rows: 0, ids: PostgresArray(of: .text), ChargePlan([]) { _ in 0 })),
      ("commands_v1", "*", ids),
      (
        "write_v1", "write_v1",
        writing(batch: 0, writer: 0, epoch: 0, lease: .zero, strict: true, oldest: nil, WriteBuffer())
      ),
    ]
  }()

  /// What a batch asks before it is judged.
  ///
  /// - Parameters:
  ///   - rows: so many numbers of rows.
  ///   - ids: first those of the plan's admissions.
  static func looking(rows: Int, ids: PostgresArray, _ plan: ChargePlan) -> PostgresParameters {
    var parameters = PostgresParameters()
    parameters.append(Int32(rows))
    parameters.append(ids)
    plan.append(to: &parameters)
    return parameters
  }

  /// Writes a batch. With the epoch of the connection that it goes over: where that is lost, the next one's is another.
  func write(
    _ buffer: WriteBuffer, as batch: Int64, strict: Bool, oldest: Int64?, by deadline: MonotonicTime
  ) throws(PostgresError) {
    try use(by: deadline) { (connection) throws(PostgresError) in
      let parameters = Self.writing(
        batch: batch, writer: writer, epoch: epoch, lease: settings.lease, strict: strict, oldest: oldest, buffer)
      _ = try connection.run([.prepared("write_v1", parameters)], by: deadline)[0].get()
    }
  }

  /// Says that this process lives.
  ///
  /// - Returns: how many replicas do.
  func renew(oldest: Int64?, by deadline: MonotonicTime) throws(PostgresError) -> Int64 {
    let connection = try connect(by: deadline)
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(epoch)
    parameters.append(settings.lease.microseconds)
    parameters.append(oldest)
    let row = try connection.run(
      "SELECT \(settings.schema).renew_v1($1, $2, $3, $4)", parameters, by: deadline)
    return row.integer(0, 0) ?? 1
  }

  private static func writing(
    batch: Int64, writer: Int64, epoch: Int32, lease: Duration, strict: Bool, oldest: Int64?, _ buffer: WriteBuffer
  ) -> PostgresParameters {
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(epoch)
    parameters.append(batch)
    parameters.append(strict)
    parameters.append(lease.microseconds)
    parameters.append(oldest)
    buffer.append(to: &parameters)
    return parameters
  }

  /// At the orderly end; that it fails is no harm: the lease ends by itself.
  func close(by deadline: MonotonicTime) {
    guard isConnected else { return }
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(epoch)
    _ = try? connection?.run("SELECT \(settings.schema).close_v1($1, $2)", parameters, by: deadline)
    connection = nil
  }
}

extension PostgresLedgerSettings {
  /// With the password as it is now.
  var current: PostgresSettings {
    var current = connection
    if let secret = password?() { current.password = secret }
    return current
  }
}
