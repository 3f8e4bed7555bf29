/// A fixed set of header field names, which are the same in either case (RFC 9110, section 5.1).
///
/// Looks names up as the bytes that they come in: most lengths match none of the set, so nearly every look-up ends
/// before the first byte, and no text is made of a name that is not kept.
package struct FieldNames: Sendable, Equatable {
  private let byLength: [[[UInt8]]]

  /// - Parameter names: in lower case.
  package init(_ names: [String]) {
    var byLength: [[[UInt8]]] = Array(repeating: [], count: (names.map(\.utf8.count).max() ?? 0) + 1)
    for name in names { byLength[name.utf8.count].append(Array(name.utf8)) }
    self.byLength = byLength
  }

  // Not generic: from another module that would ask for each byte through the type's tables.
  package func contains(_ name: Span<UInt8>) -> Bool {
    guard name.count < byLength.count else { return false }
    return byLength[name.count].contains { Self.areEqual(name, $0) }
  }

  /// - Parameter expected: in lower case, of the same length.
  private static func areEqual(_ name: Span<UInt8>, _ expected: [UInt8]) -> Bool {
    for index in expected.indices where name[index].lowercased != expected[index] { return false }
    return true
  }
}

extension FieldNames {
  /// The names that a `Connection` field lists (RFC 9110, section 7.6.1), in lower case. Without `close`, which is no field's,
  /// and `keep-alive`, a field that is never passed on.
  package static func listed(by connection: ArraySlice<UInt8>) -> [String] {
    // One of the two is nearly always all there is.
    if isOnly(connection, keepAlive) || isOnly(connection, close) { return [] }
    var names: [String] = []
    for part in connection.split(separator: UInt8(ascii: ",")) {
      let name = part.map(\.lowercased).filter { $0 != 0x20 && $0 != 0x09 }
      if name == keepAlive || name == close || name.isEmpty { continue }
      names.append(String(decoding: name, as: UTF8.self))
    }
    return names
  }

  private static func isOnly(_ value: ArraySlice<UInt8>, _ name: [UInt8]) -> Bool {
    guard value.count == name.count else { return false }
    for (byte, letter) in zip(value, name) where byte.lowercased != letter { return false }
    return true
  }

  private static let keepAlive = Array("keep-alive".utf8)
  private static let close = Array("close".utf8)
}

extension UInt8 {
  /// The letter in lower case; all else as it is.
  package var lowercased: UInt8 { self >= UInt8(ascii: "A") && self <= UInt8(ascii: "Z") ? self | 0x20 : self }
}
