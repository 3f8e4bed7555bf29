internal import Crypto

/// A line of an exported audit taken apart. Its end has a fixed shape, so nothing is searched for and no two readings are
/// possible; what the record says beyond its number is of no interest here, since the hash covers every byte of it.
package struct AuditLine {
  package enum Content {
    case record(seq: Int64)
    /// The last line of an export; no record of the chain.
    case seal
    /// Goes before a piece of a chain among several; no record either.
    case piece
  }

  package let content: Content
  /// Without `prev` and `hash`.
  package let record: [UInt8]
  package let previous: [UInt8]
  package let hash: [UInt8]

  /// - Parameter line: without its line feed.
  /// - Returns: nil where it is no whole line of an audit.
  package init?(_ line: ArraySlice<UInt8>) {
    guard line.count > AuditChain.tailLength else { return nil }
    let tail = line.suffix(AuditChain.tailLength)
    let start = tail.startIndex
    guard tail[start..<(start + 9)].elementsEqual(#","prev":""#.utf8),
      tail[(start + 73)..<(start + 83)].elementsEqual(#"","hash":""#.utf8),
      tail[(start + 147)...].elementsEqual("\"}".utf8),
      let previous = Self.bytes(tail[(start + 9)..<(start + 73)]),
      let hash = Self.bytes(tail[(start + 83)..<(start + 147)])
    else { return nil }
    var record: [UInt8] = []
    record.reserveCapacity(line.count - AuditChain.tailLength + 1)
    record.append(contentsOf: line[..<start])
    record.append(UInt8(ascii: "}"))
    guard let content = Self.content(record) else { return nil }
    self.content = content
    self.record = record
    self.previous = previous
    self.hash = hash
  }

  private static func content(_ record: [UInt8]) -> Content? {
    if let seq = seq(of: record) { return .record(seq: seq) }
    if record.starts(with: ChainPiece.key) { return .piece }
    return record.starts(with: ChainMark.sealKey) ? .seal : nil
  }

  /// The number with which every record begins: there is always room for a next one.
  static func seq(of record: [UInt8]) -> Int64? {
    guard record.starts(with: #"{"seq":"#.utf8) else { return nil }
    let digits = record[7...].prefix(20).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    guard digits.endIndex < record.count, record[digits.endIndex] == UInt8(ascii: ","),
      let seq = Int64(String(decoding: digits, as: UTF8.self)), seq > 0, seq < .max
    else { return nil }
    return seq
  }

  /// Of lower-case hex digits alone: a hash has one spelling.
  private static func bytes(_ digits: ArraySlice<UInt8>) -> [UInt8]? {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(32)
    var index = digits.startIndex
    while index < digits.endIndex {
      guard let high = nibble(digits[index]), let low = nibble(digits[index + 1]) else { return nil }
      bytes.append(high << 4 | low)
      index += 2
    }
    return bytes
  }

  private static func nibble(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    default: nil
    }
  }
}
