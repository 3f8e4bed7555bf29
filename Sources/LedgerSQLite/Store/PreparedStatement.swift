internal import CSQLite
internal import Ledger

/// A statement that is compiled once and run many times. (sqlite.org/cintro.html, "The Core Objects".)
final class PreparedStatement {
  // Kept open for as long as there is a statement.
  private let connection: SQLiteConnection
  private let handle: OpaquePointer
  private let sql: String
  private let bound = BoundBytes()

  /// - Parameter sql: one statement; only the first would be run.
  init(_ connection: SQLiteConnection, _ sql: String) throws(LedgerError) {
    var handle: OpaquePointer?
    let code = sqlite3_prepare_v2(connection.handle, sql, -1, &handle, nil)
    guard code == SQLITE_OK, let handle else { throw connection.failure }
    self.connection = connection
    self.handle = handle
    self.sql = sql
  }

  deinit { sqlite3_finalize(handle) }

  // Parameters count from 1, columns from 0, as in SQLite.

  func bind(_ index: Int32, _ value: Int64) { sqlite3_bind_int64(handle, index, value) }

  func bind(_ index: Int32, _ value: Int64?) {
    if let value { bind(index, value) } else { sqlite3_bind_null(handle, index) }
  }

  func bind(_ index: Int32, _ text: String) {
    let isBound: Void? = text.utf8.withContiguousStorageIfAvailable { bind(index, text: UnsafeRawBufferPointer($0)) }
    if isBound == nil { bind(index, text: Array(text.utf8)) }
  }

  func bind(_ index: Int32, _ text: String?) {
    if let text { bind(index, text) } else { sqlite3_bind_null(handle, index) }
  }

  func bind(_ index: Int32, _ blob: [UInt8]) {
    _ = blob.withUnsafeBytes { bytes in
      if let kept = bound.keep(bytes) {
        sqlite3_bind_blob(handle, index, kept, Int32(bytes.count), nil)
      } else {
        sqlite3_bind_blob(handle, index, bytes.baseAddress, Int32(bytes.count), Self.copied)
      }
    }
  }

  /// Binds UTF-8 that is already there as bytes.
  func bind(_ index: Int32, text: [UInt8]) {
    text.withUnsafeBytes { bind(index, text: $0) }
  }

  private func bind(_ index: Int32, text: UnsafeRawBufferPointer) {
    if let kept = bound.keep(text) {
      sqlite3_bind_text(handle, index, kept.assumingMemoryBound(to: CChar.self), Int32(text.count), nil)
    } else {
      let characters = text.baseAddress?.assumingMemoryBound(to: CChar.self)
      sqlite3_bind_text(handle, index, characters, Int32(text.count), Self.copied)
    }
  }

  /// Runs a statement that returns no row.
  func run() throws(LedgerError) {
    defer { reset() }
    if try step() { throw LedgerError(.failed, "a row where none was due: \(sql)") }
  }

  /// Runs a statement that returns no row.
  ///
  /// - Returns: how many rows it has inserted, updated or deleted.
  func runCounting() throws(LedgerError) -> Int32 {
    try run()
    return sqlite3_changes(connection.handle)
  }

  /// Runs to the first row. The row is valid within `read`.
  ///
  /// - Returns: nil where there is no row.
  func first<Result>(_ read: (PreparedStatement) throws(LedgerError) -> Result) throws(LedgerError) -> Result? {
    defer { reset() }
    return try step() ? try read(self) : nil
  }

  /// - Parameter body: returns whether it wants the next row.
  func forEach(_ body: (PreparedStatement) throws(LedgerError) -> Bool) throws(LedgerError) {
    defer { reset() }
    while try step(), try body(self) {}
  }

  func isNull(_ column: Int32) -> Bool { sqlite3_column_type(handle, column) == SQLITE_NULL }

  func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

  func string(_ column: Int32) -> String {
    String(decoding: bytes(column), as: UTF8.self)
  }

  /// The bytes of a BLOB, or a TEXT's UTF-8.
  func bytes(_ column: Int32) -> [UInt8] {
    // The pointer first, then the length: the other order may convert in between. (sqlite.org/c3ref/column_blob.html)
    let start = sqlite3_column_blob(handle, column)
    return [UInt8](
      UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : Int(sqlite3_column_bytes(handle, column))))
  }

  private func step() throws(LedgerError) -> Bool {
    switch sqlite3_step(handle) {
    case SQLITE_ROW: return true
    case SQLITE_DONE: return false
    default: throw connection.failure
    }
  }

  /// What is bound is bound anew before the next run.
  private func reset() {
    sqlite3_reset(handle)
    bound.clear()
  }

  // SQLITE_TRANSIENT, a macro that Swift can't import: SQLite copies before the call returns.
  private static let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)
}
