internal import CPostgres

/// Rows in binary form, which stay where libpq has read them to until this object goes.
package final class PostgresResult {
  private let handle: OpaquePointer

  init(_ handle: OpaquePointer) { self.handle = handle }
  deinit { PQclear(handle) }

  /// What the statement was, as the server calls what it has done: `COMMIT`, `INSERT 0 1`.
  var command: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }
  package var rows: Int { Int(PQntuples(handle)) }
  package var columns: Int { Int(PQnfields(handle)) }

  package func isNull(_ row: Int, _ column: Int) -> Bool { PQgetisnull(handle, Int32(row), Int32(column)) == 1 }

  /// The value's bytes in the server's binary form, for as long as `body` runs; empty for NULL.
  package func withBytes<Value>(_ row: Int, _ column: Int, _ body: (UnsafeRawBufferPointer) -> Value) -> Value {
    let length = Int(PQgetlength(handle, Int32(row), Int32(column)))
    return body(UnsafeRawBufferPointer(start: PQgetvalue(handle, Int32(row), Int32(column)), count: length))
  }

  /// NULL is nil in all of these. An integer may be of any width.
  package func integer(_ row: Int, _ column: Int) -> Int64? {
    isNull(row, column) ? nil : withBytes(row, column) { Self.integer($0[...]) }
  }

  package func boolean(_ row: Int, _ column: Int) -> Bool? {
    isNull(row, column) ? nil : withBytes(row, column) { $0.first == 1 }
  }

  package func text(_ row: Int, _ column: Int) -> String? {
    isNull(row, column) ? nil : withBytes(row, column) { String(decoding: $0, as: UTF8.self) }
  }

  package func bytes(_ row: Int, _ column: Int) -> [UInt8]? {
    isNull(row, column) ? nil : withBytes(row, column) { Array($0) }
  }

  /// An array of integers of any width, NULLs in it as nil; nil too for what is no array of one dimension.
  package func integers(_ row: Int, _ column: Int) -> [Int64?]? {
    elements(row, column) { $0.map(Self.integer) }
  }

  /// The same of texts.
  package func texts(_ row: Int, _ column: Int) -> [String?]? {
    elements(row, column) { $0.map { String(decoding: $0, as: UTF8.self) } }
  }

  private func elements<Value>(
    _ row: Int, _ column: Int, _ read: (Slice<UnsafeRawBufferPointer>?) -> Value
  ) -> [Value]? {
    guard !isNull(row, column) else { return nil }
    return withBytes(row, column) { bytes -> [Value]? in
      guard bytes.count >= 12 else { return nil }
      guard Self.integer(bytes[0..<4]) == 1, bytes.count >= 20 else {
        return Self.integer(bytes[0..<4]) == 0 ? [] : nil
      }
      var (values, place): ([Value], Int) = ([], 20)
      for _ in 0..<Self.integer(bytes[12..<16]) {
        guard place + 4 <= bytes.count else { return nil }
        let length = Int(Self.integer(bytes[place..<place + 4]))
        place += 4
        guard length <= bytes.count - place else { return nil }
        values.append(read(length < 0 ? nil : bytes[place..<place + length]))
        place += max(length, 0)
      }
      return values
    }
  }

  private static func integer(_ bytes: Slice<UnsafeRawBufferPointer>) -> Int64 {
    guard let first = bytes.first else { return 0 }
    return bytes.dropFirst().reduce(Int64(Int8(bitPattern: first))) { $0 << 8 | Int64($1) }
  }
}
