import EventLoop
import LedgerPostgres
import TestKit

/// A replica's incarnation, as the store will be one, for the tests of the functions.
final class Writer {
  struct Limit {
    let key: String
    /// Microseconds.
    let interval: Int64
    let tolerance: Int64
  }

  let database: MigratedDatabase
  private(set) var connection: PostgresConnection
  let id: Int64
  private(set) var epoch: Int32
  private(set) var batch: Int64 = 0

  init(_ database: MigratedDatabase, on connection: PostgresConnection? = nil, lease: String = "10 s") throws {
    self.database = database
    let connection = try connection ?? database.connect()
    self.connection = connection
    let row = try connection.run("SELECT writer, epoch FROM convene.open_v1('replica', '\(lease)')", by: patience)
    id = try unwrap(row.integer(0, 0), "no writer")
    epoch = Int32(try unwrap(row.integer(0, 1), "no epoch"))
  }

  func begin() -> PostgresParameters {
    var parameters = PostgresParameters()
    parameters.append(id)
    parameters.append(epoch)
    parameters.append(batch)
    return parameters
  }

  /// Every id is charged to every limit.
  func charge(_ ids: [String], _ limits: [Limit], credit: Int64 = 0) -> PostgresConnection.Statement {
    batch += 1
    var parameters = begin()
    parameters.append(array: ids)
    parameters.append(array: limits.map(\.key))
    parameters.append(array: limits.map(\.interval))
    parameters.append(array: limits.map(\.tolerance))
    parameters.append(array: ids.flatMap { _ in (0..<limits.count).map { Int32($0 + 1) } })
    parameters.append(Int32(limits.count))
    parameters.append(array: limits.map { _ in credit })
    return .sql("SELECT v, tats, at FROM convene.charge_v1($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", parameters)
  }

  func intent(_ ids: [String]) -> PostgresConnection.Statement {
    var parameters = begin()
    let texts = ids.map { _ in "example" as String? }
    let bytes = ids.map { _ in [1, 2, 3] as [UInt8]? }
    parameters.append(array: ids)
    parameters.append(array: texts)
    parameters.append(array: texts)
    parameters.append(array: bytes)
    parameters.append(array: ids.map { _ in false })
    parameters.append(array: texts)
    parameters.append(array: ids.map { _ in nil as String? })
    parameters.append(array: bytes)
    return .sql(
      "SELECT convene.intent_v1($1, $2, $3, '10 s', NULL, $4, $5, $6, $7, $8, $9, $10, $11)", parameters)
  }

  /// Admits these ids, which are in ascending order.
  func admit(_ ids: [String], _ limits: [Limit] = []) throws -> [Int64] {
    let answers = try connection.run([charge(ids, limits), intent(ids)], by: patience)
    _ = try answers[0].get()
    return try unwrap(try answers[1].get().integers(0, 0), "no answer").map { $0 ?? 0 }
  }

  func settle(_ id: String, kind: Int16, conference: String? = nil, attempt: Int32 = 1) throws -> Int64? {
    batch += 1
    var parameters = begin()
    parameters.append(array: [id])
    parameters.append(array: [attempt])
    parameters.append(array: [kind])
    parameters.append(array: [conference])
    parameters.append(array: [200] as [Int32])
    parameters.append(array: [[1]] as [[UInt8]?])
    parameters.append(array: [[2]] as [[UInt8]?])
    parameters.append(array: [1_700_000_000_000_000] as [Int64])
    for _ in 0..<4 { parameters.append(array: ["example"]) }
    for _ in 0..<2 { parameters.append(array: [[7]] as [[UInt8]?]) }
    let answer = try connection.run(
      """
      SELECT convene.settle_v1($1, $2, $3, '10 s', NULL, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
      """, parameters, by: patience)
    return try unwrap(answer.integers(0, 0)?.first, "no answer")
  }

  func take(_ command: String, from writer: Int64, attempt: Int32 = 1) throws -> Bool? {
    var parameters = PostgresParameters()
    parameters.append(id)
    parameters.append(epoch)
    parameters.append(command)
    parameters.append(writer)
    parameters.append(attempt)
    return try connection.run("SELECT convene.take_v1($1, $2, $3, $4, $5)", parameters, by: patience).boolean(0, 0)
  }

  /// On a new connection.
  ///
  /// - Returns: the last batch that is committed.
  func fence() throws -> Int64 {
    connection = try database.connect()
    var parameters = PostgresParameters()
    parameters.append(id)
    parameters.append(epoch)
    let row = try connection.run("SELECT epoch, batch FROM convene.fence_v1($1, $2)", parameters, by: patience)
    epoch = Int32(try unwrap(row.integer(0, 0), "fenced by another"))
    return try unwrap(row.integer(0, 1), "no batch")
  }
}
