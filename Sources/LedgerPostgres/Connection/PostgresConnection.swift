internal import CPostgres
package import EventLoop
internal import Gateway
internal import Glibc

/// A connection to PostgreSQL, for one thread, which may wait: each wait is a poll(2) with an absolute deadline.
///
/// libpq in non-blocking and in pipeline mode (libpq, "Pipeline Mode"). A batch is some statements, each a transaction of its
/// own: behind each stands a Sync, and libpq sends both together. A server that has a statement and not yet its Sync would hold
/// the statement's locks until it comes. (libpq sends what is above a multiple of 8 KB first; then the last piece has both, save
/// where the boundary of such a multiple falls between them.)
///
/// After an error that is not a statement's own the connection is of no use any more: `isUsable`.
package final class PostgresConnection {
  package struct Statement {
    fileprivate let text: String
    fileprivate let isPrepared: Bool
    fileprivate let parameters: PostgresParameters

    /// One SQL command.
    package static func sql(_ text: String, _ parameters: PostgresParameters = PostgresParameters()) -> Statement {
      Statement(text: text, isPrepared: false, parameters: parameters)
    }

    /// What `prepare` gave this name.
    package static func prepared(_ name: String, _ parameters: PostgresParameters) -> Statement {
      Statement(text: name, isPrepared: true, parameters: parameters)
    }
  }

  package typealias Answer = Result<PostgresResult, PostgresError>

  /// What libpq's callback writes to, from within libpq's functions, so on this connection's thread.
  private final class Notices {
    var list: [PostgresNotice] = []
  }

  private let handle: OpaquePointer
  private let notices = Notices()
  package private(set) var isUsable = true

  /// The server's version, as 150018 for 15.18.
  package var serverVersion: Int { Int(PQserverVersion(handle)) }
  package var isEncrypted: Bool { PQsslInUse(handle) == 1 }
  /// The server's process for this connection.
  package var serverProcess: Int32 { PQbackendPID(handle) }

  /// Connects to the first host that will do. The time left is shared out evenly among the addresses not yet tried, so that one
  /// which never answers leaves some for the others.
  package convenience init(_ settings: PostgresSettings, by deadline: MonotonicTime) throws(PostgresError) {
    self.init(try Self.connect(settings, by: deadline))
    PQsetnonblocking(handle, 1)
    PQenterPipelineMode(handle)
  }

  private init(_ handle: OpaquePointer) {
    self.handle = handle
    PQsetErrorVerbosity(handle, PQERRORS_DEFAULT)
    // The object lives as long as the connection that may call back.
    PQsetNoticeReceiver(
      handle,
      { context, result in
        guard let context, let result else { return }
        let notices = Unmanaged<Notices>.fromOpaque(context).takeUnretainedValue()
        // Somebody's RAISE in a loop fills no memory.
        guard notices.list.count < 100 else { return }
        notices.list.append(
          PostgresNotice(
            severity: field(result, convene_pg_severity), sqlState: field(result, convene_pg_sqlstate),
            text: field(result, convene_pg_message), function: field(result, convene_pg_function)))
      }, Unmanaged.passUnretained(notices).toOpaque())
  }

  deinit { PQfinish(handle) }

  /// What the server has said since this was last asked.
  package func takeNotices() -> [PostgresNotice] {
    defer { notices.list = [] }
    return notices.list
  }

  /// Parses and plans a statement once for many uses.
  package func prepare(
    _ name: String, _ sql: String, types: PostgresParameters, by deadline: MonotonicTime
  ) throws(PostgresError) {
    try queue { PQsendPrepare(handle, name, sql, Int32(types.count), types.types) }
    _ = try receive(by: deadline).get()
  }

  /// Runs one statement in a transaction of its own.
  @discardableResult
  package func run(
    _ sql: String, _ parameters: PostgresParameters = PostgresParameters(), by deadline: MonotonicTime
  ) throws(PostgresError) -> PostgresResult {
    try run([.sql(sql, parameters)], by: deadline)[0].get()
  }

  /// Sends all of these at once and waits for all answers: one round trip. An error of one has no effect on the others.
  ///
  /// - Throws: when it isn't known of all whether they are done: kind `outcomeUnknown` where something was sent.
  package func run(_ statements: [Statement], by deadline: MonotonicTime) throws(PostgresError) -> [Answer] {
    for statement in statements { try send(statement) }
    var answers: [Answer] = []
    answers.reserveCapacity(statements.count)
    for _ in statements { answers.append(try receive(by: deadline)) }
    return answers
  }

  // MARK: - Sending

  private func send(_ statement: Statement) throws(PostgresError) {
    let parameters = statement.parameters
    let count = Int32(parameters.count)
    let formats = [Int32](repeating: 1, count: parameters.count)
    try queue {
      parameters.buffer.withUnsafeBufferPointer { buffer in
        buffer.withMemoryRebound(to: CChar.self) { bytes in
          let values = parameters.offsets.map { offset -> UnsafePointer<CChar>? in
            offset < 0 ? nil : bytes.baseAddress.map { $0 + offset }
          }
          return statement.isPrepared
            ? PQsendQueryPrepared(handle, statement.text, count, values, parameters.lengths, formats, 1)
            : PQsendQueryParams(
              handle, statement.text, count, parameters.types, values, parameters.lengths, formats, 1)
        }
      }
    }
  }

  /// Puts a message and the Sync behind it into libpq's buffer, which sends what the socket takes.
  private func queue(_ message: () -> Int32) throws(PostgresError) {
    guard isUsable else { throw PostgresError(.unreachable, "the connection has ended") }
    guard message() == 1, PQpipelineSync(handle) == 1 else { throw ended(.outcomeUnknown) }
  }

  // MARK: - Receiving

  /// The answer to the oldest statement that has none: known only at its Sync, since it is committed there.
  private func receive(by deadline: MonotonicTime) throws(PostgresError) -> Answer {
    var answer: Answer?
    let known = notices.list.count
    while true {
      guard let result = try next(by: deadline) else { continue }
      switch PQresultStatus(result) {
      case PGRES_PIPELINE_SYNC:
        PQclear(result)
        if let cut = notices.list.dropFirst(known).first(where: \.isOfUnfinishedReplication) {
          return .failure(PostgresError(.outcomeUnknown, cut.text, sqlState: cut.sqlState))
        }
        return answer ?? .failure(PostgresError(.other, "no answer before the Sync"))
      case PGRES_COMMAND_OK, PGRES_TUPLES_OK:
        answer = .success(PostgresResult(result))
      default:
        let sqlState = field(result, convene_pg_sqlstate)
        let text = field(result, convene_pg_message)
        PQclear(result)
        if PQstatus(handle) == CONNECTION_BAD { throw ended(.outcomeUnknown) }
        // A server that ends a connection says so as the answer, and may have committed before.
        if sqlState.hasPrefix("57P") || sqlState.hasPrefix("08") || sqlState.isEmpty {
          throw ended(.outcomeUnknown, PostgresError(.outcomeUnknown, text, sqlState: sqlState))
        }
        answer = .failure(.ofStatement(sqlState, text))
      }
    }
  }

  /// - Returns: nil between two statements.
  private func next(by deadline: MonotonicTime) throws(PostgresError) -> OpaquePointer? {
    while true {
      // What the socket didn't take at once is sent while answers are read: a server whose answers nobody reads stops reading.
      let unsent = PQflush(handle)
      guard PQisBusy(handle) == 1 || unsent == 1 else {
        guard let result = PQgetResult(handle) else {
          guard PQstatus(handle) == CONNECTION_OK else { throw ended(.outcomeUnknown) }
          return nil
        }
        return result
      }
      guard SocketWait.wait(PQsocket(handle), unsent == 1 ? POLLIN | POLLOUT : POLLIN, by: deadline) else {
        throw ended(.outcomeUnknown, PostgresError(.outcomeUnknown, "no answer by the deadline"))
      }
      // False when the connection has ended; what came before its end is still to be had, and then says so.
      if PQconsumeInput(handle) == 0, PQisBusy(handle) == 1 { throw ended(.outcomeUnknown) }
    }
  }

  private func ended(_ kind: PostgresError.Kind, _ error: PostgresError? = nil) -> PostgresError {
    isUsable = false
    return error ?? PostgresError(kind, Self.message(handle))
  }

  private static func message(_ handle: OpaquePointer) -> String {
    let text = PQerrorMessage(handle).map { String(cString: $0) } ?? ""
    return text.split(separator: "\n").joined(separator: "; ")
  }

  // MARK: - Connecting

  private static func connect(
    _ settings: PostgresSettings, by deadline: MonotonicTime
  ) throws(PostgresError) -> OpaquePointer {
    guard PostgresEnvironment.isClean else { throw PostgresError(.settings, "the environment can't be changed") }
    var failures: [PostgresError] = []
    for (place, host) in settings.hosts.enumerated() {
      do throws(PostgresError) {
        let end = share(of: deadline, among: settings.hosts.count - place)
        let addresses = try PostgresAddresses.find(host.name, by: end)
        for (place, address) in addresses.enumerated() {
          do throws(PostgresError) {
            return try connect(
              settings.parameters(for: host, address: address), by: share(of: end, among: addresses.count - place))
          } catch {
            failures.append(error)
          }
        }
      } catch {
        failures.append(error)
      }
    }
    // Where one host can't be reached and another one refuses us, the refusal is what somebody has to mend.
    guard let worst = failures.first(where: { $0.kind != .unreachable && $0.kind != .timeout }) ?? failures.last else {
      throw PostgresError(.unreachable, "no host is named")
    }
    let text = failures.map(\.text).joined(separator: "; ")
    throw PostgresError(worst.kind, text, sqlState: worst.sqlState)
  }

  private static func share(of deadline: MonotonicTime, among count: Int) -> MonotonicTime {
    let now = MonotonicTime.now
    return now + (deadline - now) / max(count, 1)
  }

  private static func connect(
    _ parameters: [(String, String)], by deadline: MonotonicTime
  ) throws(PostgresError) -> OpaquePointer {
    let texts = (parameters.map(\.0) + parameters.map(\.1)).map { strdup($0) }
    defer {
      for text in texts {
        guard let text else { continue }
        // One of them is the password.
        explicit_bzero(text, strlen(text))
        free(text)
      }
    }
    let names = texts.prefix(parameters.count).map { UnsafePointer($0) } + [nil]
    let values = texts.suffix(parameters.count).map { UnsafePointer($0) } + [nil]
    guard let handle = PQconnectStartParams(names, values, 0) else {
      throw PostgresError(.unreachable, "no memory for a connection")
    }
    // The code is in the text only so.
    PQsetErrorVerbosity(handle, PQERRORS_VERBOSE)
    PQsetNoticeProcessor(handle, { _, _ in }, nil)
    var state = PGRES_POLLING_WRITING
    if PQstatus(handle) == CONNECTION_BAD { state = PGRES_POLLING_FAILED }
    while state != PGRES_POLLING_OK {
      guard state != PGRES_POLLING_FAILED else {
        let error = PostgresError.ofConnecting(PQerrorMessage(handle).map { String(cString: $0) } ?? "")
        PQfinish(handle)
        throw error
      }
      let events = state == PGRES_POLLING_READING ? POLLIN : POLLOUT
      guard SocketWait.wait(PQsocket(handle), events, by: deadline) else {
        let host = PQhost(handle).map { String(cString: $0) } ?? ""
        PQfinish(handle)
        throw PostgresError(.timeout, "no answer from \(host) by the deadline")
      }
      state = PQconnectPoll(handle)
    }
    return handle
  }
}

private func field(_ result: OpaquePointer, _ code: Int32) -> String {
  PQresultErrorField(result, code).map { String(cString: $0) } ?? ""
}
