internal import JSON

/// The header fields of a request or a reply, in order, names as they were written: all in one run of bytes.
package struct HeaderFields: Sendable, Equatable {
  package struct Entry: Sendable, Equatable {
    package let name: Range<Int>
    package let value: Range<Int>

    package init(name: Range<Int>, value: Range<Int>) {
      self.name = name
      self.value = value
    }

    /// Bytes of name and value, with what separates them on the wire.
    package var size: Int { name.count + value.count + 4 }
  }

  package private(set) var bytes: [UInt8]
  package private(set) var entries: [Entry]

  package init() { self.init(bytes: [], entries: []) }

  package init(bytes: [UInt8], entries: [Entry]) {
    self.bytes = bytes
    self.entries = entries
  }

  /// Bytes of all names and values, with what separates them on the wire.
  package var size: Int { bytes.count + entries.count * 4 }

  package var isEmpty: Bool { entries.isEmpty }

  // MARK: Looking

  /// The value of the first field of that name (given in lower case), or nil.
  package func value(of name: String) -> String? {
    valueRange(of: name).map(text)
  }

  /// Where the value of the first field of that name is, in `bytes`.
  package func valueRange(of name: String) -> Range<Int>? {
    for entry in entries where isNamed(entry, name) { return entry.value }
    return nil
  }

  /// Where the value of each field of that name is, in `bytes`.
  func ranges(of name: String) -> [Range<Int>] {
    var ranges: [Range<Int>] = []
    for entry in entries where isNamed(entry, name) { ranges.append(entry.value) }
    return ranges
  }

  /// The bytes of each field of that name.
  package func rawValues(of name: String) -> [ArraySlice<UInt8>] {
    var values: [ArraySlice<UInt8>] = []
    for entry in entries where isNamed(entry, name) { values.append(bytes[entry.value]) }
    return values
  }

  package func count(of name: String) -> Int {
    var count = 0
    for entry in entries where isNamed(entry, name) { count += 1 }
    return count
  }

  package func contains(_ name: String) -> Bool {
    for entry in entries where isNamed(entry, name) { return true }
    return false
  }

  package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  private func isNamed(_ entry: Entry, _ name: String) -> Bool {
    guard entry.name.count == name.utf8.count else { return false }
    let expected = name.utf8.span
    let start = entry.name.lowerBound
    for index in expected.indices where bytes[start + index].lowercased != expected[index] { return false }
    return true
  }

  // MARK: Adding

  package mutating func append(_ name: String, _ value: String) {
    append(name) { $0.append(text: value) }
  }

  package mutating func append(_ name: ArraySlice<UInt8>, _ value: ArraySlice<UInt8>) {
    let start = bytes.count
    bytes.append(contentsOf: name)
    endName(from: start) { $0.append(contentsOf: value) }
  }

  /// Adds a field whose value is written where it belongs, with nothing copied.
  package mutating func append(_ name: String, _ write: (inout [UInt8]) -> Void) {
    let start = bytes.count
    bytes.append(text: name)
    endName(from: start, write)
  }

  package mutating func append(_ name: UnsafeRawBufferPointer, _ value: UnsafeRawBufferPointer) {
    let start = bytes.count
    unsafe bytes.append(copying: name)
    endName(from: start) { unsafe $0.append(copying: value) }
  }

  private mutating func endName(from start: Int, _ write: (inout [UInt8]) -> Void) {
    let middle = bytes.count
    write(&bytes)
    entries.append(Entry(name: start..<middle, value: middle..<bytes.count))
  }

  /// Makes room for some more.
  package mutating func reserve(_ more: Int, fields: Int) {
    bytes.reserveCapacity(bytes.count + more)
    entries.reserveCapacity(entries.count + fields)
  }

  /// Changes bytes of names and values where they are. Must leave as many as there were, and none that no field may have.
  ///
  /// - Returns: what `change` does.
  package mutating func overwrite<Result>(_ change: (inout [UInt8]) -> Result) -> Result { change(&bytes) }

  // MARK: Leaving out

  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    entries.removeAll(keepingCapacity: true)
  }

  /// All fields but those that one of the sets names, with room for some more.
  package func without(_ dropped: FieldNames..., room: Int = 0) -> HeaderFields {
    filtered(room: room) { entry in !dropped.contains { $0.contains(bytes[entry.name].span) } }
  }

  /// The fields for which `isKept` says so, with room for some more.
  package func filtered(room: Int = 0, _ isKept: (Entry) -> Bool) -> HeaderFields {
    let kept = entries.filter(isKept)
    var rest = HeaderFields()
    rest.reserve(kept.reduce(room) { $0 + $1.name.count + $1.value.count }, fields: kept.count + 2)
    for entry in kept { rest.append(bytes[entry.name], bytes[entry.value]) }
    return rest
  }
}

extension HeaderFields: ExpressibleByDictionaryLiteral {
  package init(dictionaryLiteral fields: (String, String)...) {
    self.init()
    for (name, value) in fields { append(name, value) }
  }
}
