/// The hashes of the newest records, for a sink's file that holds some of them again after a crash. Where a file has several
/// chains, their records are numbered through, and not as they are in their chains.
struct RecentHashes: Sendable {
  /// Positions are noted once a second, so a crash repeats what a sink got in little more than that.
  static let capacity: Int64 = 1 << 17
  private static let length: Int64 = 32

  /// 32 bytes each, at the place `seq % capacity`; as long as the stream itself until it is full.
  private var bytes: [UInt8] = []
  private var first: Int64 = 1
  private(set) var next: Int64 = 1

  /// - Parameter seq: follows the one before, or is the first.
  mutating func append(_ hash: [UInt8], seq: Int64) {
    if bytes.isEmpty { (first, next) = (seq, seq) }
    if next - first < Self.capacity {
      bytes.append(contentsOf: hash)
    } else {
      let start = Int((seq - first) % Self.capacity * Self.length)
      bytes.replaceSubrange(start..<(start + hash.count), with: hash)
    }
    next = seq + 1
  }

  /// nil where it is not remembered.
  subscript(seq: Int64) -> ArraySlice<UInt8>? {
    guard seq >= first, seq < next, seq >= next - Self.capacity else { return nil }
    let start = Int((seq - first) % Self.capacity * Self.length)
    return bytes[start..<(start + Int(Self.length))]
  }
}
