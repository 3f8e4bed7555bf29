/// The header fields of a request, in order, names as they were written: all in one run of bytes.
package struct RequestFields: Sendable {
  package struct Entry: Sendable {
    package let name: Range<Int>
    package let value: Range<Int>

    package init(name: Range<Int>, value: Range<Int>) {
      self.name = name
      self.value = value
    }
  }

  package private(set) var bytes: [UInt8]
  package private(set) var entries: [Entry]

  package init(bytes: [UInt8] = [], entries: [Entry] = []) {
    self.bytes = bytes
    self.entries = entries
  }

  /// Bytes of all names and values, with what separates them on the wire.
  package var size: Int { bytes.count + entries.count * 4 }

  package mutating func append(_ name: String, _ value: String) {
    let start = bytes.count
    bytes.append(contentsOf: name.utf8)
    let middle = bytes.count
    bytes.append(contentsOf: value.utf8)
    entries.append(Entry(name: start..<middle, value: middle..<bytes.count))
  }

  /// The value of the first field of that name (given in lower case), or nil.
  package func value(of name: String) -> String? {
    entries.first { isNamed($0, name) }.map { text($0.value) }
  }

  package func values(of name: String) -> [String] {
    var values: [String] = []
    for entry in entries where isNamed(entry, name) { values.append(text(entry.value)) }
    return values
  }

  /// The bytes of each field of that name.
  package func rawValues(of name: String) -> [ArraySlice<UInt8>] {
    var values: [ArraySlice<UInt8>] = []
    for entry in entries where isNamed(entry, name) { values.append(bytes[entry.value]) }
    return values
  }

  package func contains(_ name: String) -> Bool { entries.contains { isNamed($0, name) } }

  package func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// All fields but those that one of the sets names, with room for some more.
  package func without(_ dropped: FieldNames..., room: Int) -> RequestFields {
    let kept = entries.filter { entry in !dropped.contains { $0.contains(bytes[entry.name].span) } }
    var rest = RequestFields()
    rest.bytes.reserveCapacity(kept.reduce(room) { $0 + $1.name.count + $1.value.count })
    rest.entries.reserveCapacity(kept.count + 2)
    for entry in kept {
      let start = rest.bytes.count
      rest.bytes.append(contentsOf: bytes[entry.name])
      let middle = rest.bytes.count
      rest.bytes.append(contentsOf: bytes[entry.value])
      rest.entries.append(Entry(name: start..<middle, value: middle..<rest.bytes.count))
    }
    return rest
  }

  private func isNamed(_ entry: Entry, _ name: String) -> Bool {
    let expected = name.utf8
    guard entry.name.count == expected.count else { return false }
    var index = entry.name.lowerBound
    for byte in expected {
      if bytes[index].lowercased != byte { return false }
      index += 1
    }
    return true
  }
}
