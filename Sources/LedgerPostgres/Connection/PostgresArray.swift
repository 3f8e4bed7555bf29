/// A parameter that is an array, as it goes over the wire: its elements one after the other, each behind its length (PostgreSQL's
/// `array_recv`). Filled while a batch is judged, so that nothing is converted when it is sent.
struct PostgresArray: Sendable {
  let element: PostgresParameters.Element
  private(set) var count = 0
  private(set) var hasNull = false
  private(set) var bytes: [UInt8] = []

  init(of element: PostgresParameters.Element) { self.element = element }

  var isEmpty: Bool { count == 0 }

  mutating func append(_ value: Int64?) { append(integer: value) }
  mutating func append(_ value: Int32?) { append(integer: value) }
  mutating func append(_ value: Int16?) { append(integer: value) }
  mutating func append(_ value: Bool?) { append(integer: value.map { $0 ? 1 : 0 } as UInt8?) }

  mutating func append(_ value: String?) {
    guard let value else { return appendNull() }
    begin(length: value.utf8.count)
    bytes.append(contentsOf: value.utf8)
  }

  mutating func append(_ value: [UInt8]?) {
    guard let value else { return appendNull() }
    begin(length: value.count)
    bytes.append(contentsOf: value)
  }

  /// Its memory stays, where that is little.
  mutating func removeAll() {
    bytes.removeAll(keepingCapacity: bytes.capacity <= 1 << 17)
    (count, hasNull) = (0, false)
  }

  private mutating func append<Value: FixedWidthInteger>(integer value: Value?) {
    guard let value else { return appendNull() }
    begin(length: MemoryLayout<Value>.size)
    bytes.append(bigEndian: value)
  }

  private mutating func appendNull() {
    begin(length: -1)
    hasNull = true
  }

  private mutating func begin(length: Int) {
    count += 1
    bytes.append(bigEndian: Int32(truncatingIfNeeded: length))
  }
}

extension [UInt8] {
  mutating func append(bigEndian value: some FixedWidthInteger) {
    Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
  }
}
