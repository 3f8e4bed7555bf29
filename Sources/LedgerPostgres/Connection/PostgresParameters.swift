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

    var array: UInt32 {
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

  /// Makes room for so many more, and what they need in all.
  mutating func reserve(_ more: Int, bytes: Int) {
    types.reserveCapacity(count + more)
    lengths.reserveCapacity(count + more)
    offsets.reserveCapacity(count + more)
    buffer.reserveCapacity(buffer.count + bytes)
  }

  package mutating func append(_ value: Bool?) { append(.boolean, value) { $0.append($1 ? 1 : 0) } }
  package mutating func append(_ value: Int16?) { append(.integer16, value) { $0.append(bigEndian: $1) } }
  package mutating func append(_ value: Int32?) { append(.integer32, value) { $0.append(bigEndian: $1) } }
  package mutating func append(_ value: Int64?) { append(.integer64, value) { $0.append(bigEndian: $1) } }
  package mutating func append(_ value: String?) { append(.text, value) { $0.append(contentsOf: $1.utf8) } }
  package mutating func append(_ value: [UInt8]?) { append(.bytes, value) { $0.append(contentsOf: $1) } }

  package mutating func append(array values: [Bool?]) { append(.boolean, values) { $0.append($1) } }
  package mutating func append(array values: [Int16?]) { append(.integer16, values) { $0.append($1) } }
  package mutating func append(array values: [Int32?]) { append(.integer32, values) { $0.append($1) } }
  package mutating func append(array values: [Int64?]) { append(.integer64, values) { $0.append($1) } }
  package mutating func append(array values: [String?]) { append(.text, values) { $0.append($1) } }
  package mutating func append(array values: [[UInt8]?]) { append(.bytes, values) { $0.append($1) } }

  /// Dimensions, whether there are NULLs, the elements' type, count and first index; then the elements (`array_recv`). An empty one
  /// has no dimension.
  mutating func append(_ array: PostgresArray) {
    let start = begin(array.element.array)
    buffer.append(bigEndian: Int32(array.isEmpty ? 0 : 1))
    buffer.append(bigEndian: Int32(array.hasNull ? 1 : 0))
    buffer.append(bigEndian: array.element.rawValue)
    if !array.isEmpty {
      buffer.append(bigEndian: Int32(array.count))
      buffer.append(bigEndian: Int32(1))
    }
    buffer.append(contentsOf: array.bytes)
    lengths.append(Int32(buffer.count - start))
  }

  /// NULL where there is nothing in it.
  mutating func append(present array: PostgresArray) {
    if array.isEmpty { appendNull(array.element.array) } else { append(array) }
  }

  private mutating func append<Value>(
    _ element: Element, _ values: [Value], _ write: (inout PostgresArray, Value) -> Void
  ) {
    var array = PostgresArray(of: element)
    for value in values { write(&array, value) }
    append(array)
  }

  private mutating func append<Value>(_ element: Element, _ value: Value?, _ write: (inout [UInt8], Value) -> Void) {
    guard let value else { return appendNull(element.rawValue) }
    let start = begin(element.rawValue)
    write(&buffer, value)
    lengths.append(Int32(buffer.count - start))
  }

  /// - Returns: where the value begins.
  private mutating func begin(_ type: UInt32) -> Int {
    types.append(type)
    offsets.append(buffer.count)
    return buffer.count
  }

  private mutating func appendNull(_ type: UInt32) {
    types.append(type)
    offsets.append(-1)
    lengths.append(0)
  }
}
