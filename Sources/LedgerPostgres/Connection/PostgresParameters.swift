/// A statement's parameters, `$1` first, in the server's binary form (big-endian, PostgreSQL's `*recv` functions), one after
/// the other in one buffer.
package struct PostgresParameters: Sendable {
  /// The types that are used here, with their numbers (PostgreSQL, `pg_type.dat`).
  package enum Element: UInt32, Sendable {
    case boolean = 16
    case bytes = 17
    case integer64 = 20
    case integer16 = 21
    case integer32 = 23
    case text = 25

    fileprivate var array: UInt32 {
      switch self {
      case .boolean: 1000
      case .bytes: 1001
      case .integer64: 1016
      case .integer16: 1005
      case .integer32: 1007
      case .text: 1009
      }
    }
  }

  private(set) var types: [UInt32] = []
  private(set) var lengths: [Int32] = []
  /// Where each begins in `buffer`; -1 for NULL.
  private(set) var offsets: [Int] = []
  /// Never empty: libpq takes a value without an address for NULL, and an empty text is none.
  private(set) var buffer: [UInt8] = [0]

  package init() {}

  package var count: Int { types.count }

  package mutating func append(_ value: Bool?) { append(.boolean, value) { $0.buffer.append($1 ? 1 : 0) } }
  package mutating func append(_ value: Int16?) { append(.integer16, value) { $0.appendInteger($1) } }
  package mutating func append(_ value: Int32?) { append(.integer32, value) { $0.appendInteger($1) } }
  package mutating func append(_ value: Int64?) { append(.integer64, value) { $0.appendInteger($1) } }
  package mutating func append(_ value: String?) { append(.text, value) { $0.buffer.append(contentsOf: $1.utf8) } }
  package mutating func append(_ value: [UInt8]?) { append(.bytes, value) { $0.buffer.append(contentsOf: $1) } }

  package mutating func append(array values: [Bool?]) { append(.boolean, values) { $0.buffer.append($1 ? 1 : 0) } }
  package mutating func append(array values: [Int16?]) { append(.integer16, values) { $0.appendInteger($1) } }
  package mutating func append(array values: [Int32?]) { append(.integer32, values) { $0.appendInteger($1) } }
  package mutating func append(array values: [Int64?]) { append(.integer64, values) { $0.appendInteger($1) } }
  package mutating func append(array values: [String?]) {
    append(.text, values) { $0.buffer.append(contentsOf: $1.utf8) }
  }
  package mutating func append(array values: [[UInt8]?]) {
    append(.bytes, values) { $0.buffer.append(contentsOf: $1) }
  }

  // NULL where there is none.

  mutating func append(present values: [Bool]) { values.isEmpty ? appendNull(.boolean) : append(array: values) }
  mutating func append(present values: [Int16]) { values.isEmpty ? appendNull(.integer16) : append(array: values) }
  mutating func append(present values: [Int32]) { values.isEmpty ? appendNull(.integer32) : append(array: values) }
  mutating func append(present values: [Int64]) { values.isEmpty ? appendNull(.integer64) : append(array: values) }
  mutating func append(present values: [String]) { values.isEmpty ? appendNull(.text) : append(array: values) }
  mutating func append(present values: [String?]) { values.isEmpty ? appendNull(.text) : append(array: values) }
  mutating func append(present values: [[UInt8]?]) { values.isEmpty ? appendNull(.bytes) : append(array: values) }

  private mutating func appendNull(_ type: Element) {
    types.append(type.array)
    offsets.append(-1)
    lengths.append(0)
  }

  private mutating func append<Value>(_ type: Element, _ value: Value?, _ write: (inout Self, Value) -> Void) {
    types.append(type.rawValue)
    guard let value else {
      offsets.append(-1)
      lengths.append(0)
      return
    }
    let start = buffer.count
    offsets.append(start)
    write(&self, value)
    lengths.append(Int32(buffer.count - start))
  }

  /// Dimensions, whether there are NULLs, the elements' type, count and first index; then each with its length before it
  /// (`array_recv`). An empty one has no dimension.
  private mutating func append<Value>(_ type: Element, _ values: [Value?], _ write: (inout Self, Value) -> Void) {
    types.append(type.array)
    let start = buffer.count
    offsets.append(start)
    appendInteger(Int32(values.isEmpty ? 0 : 1))
    appendInteger(Int32(values.contains { $0 == nil } ? 1 : 0))
    appendInteger(type.rawValue)
    if !values.isEmpty {
      appendInteger(Int32(values.count))
      appendInteger(Int32(1))
    }
    for value in values {
      guard let value else {
        appendInteger(Int32(-1))
        continue
      }
      let place = buffer.count
      appendInteger(Int32(0))
      write(&self, value)
      let length = UInt32(buffer.count - place - 4)
      for byte in 0..<4 { buffer[place + byte] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(byte))) }
    }
    lengths.append(Int32(buffer.count - start))
  }

  private mutating func appendInteger<Value: FixedWidthInteger>(_ value: Value) {
    withUnsafeBytes(of: value.bigEndian) { buffer.append(contentsOf: $0) }
  }
}
