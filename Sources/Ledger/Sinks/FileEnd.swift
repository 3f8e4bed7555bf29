internal import CLinux
internal import Glibc

/// What a sink finds at the end of a file.
enum FileEnd: Equatable {
  case empty
  /// The last whole record of which everything before it is there, too, and how many bytes there are up to its line feed.
  /// What follows was left by a process that died in the middle of a line, or by a power failure.
  case record(AuditChain, length: Int)
  /// Nothing but the beginning of a line, as such a process leaves it.
  case torn
  /// What no sink has written.
  case foreign

  private static let maximumLine = 16 << 20
  /// What a sink may write before it syncs its file: the lines that it has taken, with those of one more transaction.
  private static let longestWrite = 16 << 20
  /// What a disk writes wholly or not at all.
  private static let block = 512
  private static let beginning = Array(#"{"seq":"#.utf8)
  private static let link = Array(#","prev":""#.utf8)

  /// - Parameter file: a regular one, open for reading.
  /// - Returns: nil where it can't be read.
  init?(of file: Int32) {
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let length = Int(status.st_size)
    guard length > 0 else {
      self = .empty
      return
    }
    guard let size = Self.firstHole(file, before: length), let end = Self.endOfLastLine(file, before: size) else {
      return nil
    }
    guard size > 0 else {
      guard let isLeftover = Self.isLeftoverOfBlocks(file, length: length) else { return nil }
      self = isLeftover ? .torn : .foreign
      return
    }
    guard let tail = Self.bytes(of: file, end..<min(size, end + 64)) else { return nil }
    guard end > 0 else {
      self = Self.isLeftover(tail, of: nil) ? .torn : .foreign
      return
    }
    guard let start = Self.endOfLastLine(file, before: end - 1) else { return nil }
    guard end - start <= Self.maximumLine, let line = Self.bytes(of: file, start..<(end - 1)) else { return nil }
    let chain = Self.record(line)
    self = chain.flatMap { Self.isLeftover(tail, of: $0.seq + 1) ? .record($0, length: end) : nil } ?? .foreign
  }

  /// Where the first zero is among the bytes that one write may have left, or else the end.
  ///
  /// No record has a zero in it. After a power failure there are some where a block was not yet synced, and blocks behind it
  /// may be there all the same: whole records, which don't count.
  private static func firstHole(_ file: Int32, before end: Int) -> Int? {
    let start = max(end - longestWrite, 0)
    var block = [UInt8](repeating: 0, count: 64 << 10)
    for offset in stride(from: start, to: end, by: block.count) {
      let count = min(block.count, end - offset)
      guard pread(file, &block, count, off_t(offset)) == count else { return nil }
      if let hole = block[..<count].firstIndex(of: 0) { return offset + hole }
    }
    return end
  }

  /// Whether a file whose very first block is missing may be a sink's, of which nothing was synced yet: each block is text
  /// up to some place, and zeros from there on; and where there is any text, some of it is of a record.
  private static func isLeftoverOfBlocks(_ file: Int32, length: Int) -> Bool? {
    guard length <= longestWrite else { return false }
    guard let bytes = bytes(of: file, 0..<length) else { return nil }
    let isBlocks = stride(from: 0, to: length, by: block).allSatisfy { start in
      let text = bytes[start..<min(start + block, length)].prefix { $0 != 0 }
      let rest = bytes[text.endIndex..<min(start + block, length)]
      return rest.allSatisfy { $0 == 0 } && text.allSatisfy { $0 >= 0x20 && $0 != 0x7f || $0 == UInt8(ascii: "\n") }
    }
    return isBlocks && (bytes.allSatisfy { $0 == 0 } || bytes.firstRange(of: link) != nil)
  }

  /// Whether it begins as a record's line does.
  ///
  /// - Parameter seq: the record's number; nil = any.
  private static func isLeftover(_ bytes: [UInt8], of seq: Int64?) -> Bool {
    guard !bytes.isEmpty else { return true }
    let digits = seq.map { Array(String($0).utf8) } ?? digits(behind: beginning, in: bytes)
    let wanted = beginning + digits + Array(#","time":""#.utf8)
    return !digits.isEmpty && bytes.starts(with: wanted) || wanted.starts(with: bytes)
  }

  private static func digits(behind start: [UInt8], in bytes: [UInt8]) -> [UInt8] {
    Array(bytes.dropFirst(start.count).prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
  }

  /// Without its line feed; empty where the file is. nil where there is none, or it can't be read.
  static func lastLine(of file: Int32) -> [UInt8]? {
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let size = Int(status.st_size)
    guard size > 0 else { return [] }
    guard endOfLastLine(file, before: size) == size, let start = endOfLastLine(file, before: size - 1),
      size - start <= maximumLine
    else { return nil }
    return bytes(of: file, start..<(size - 1))
  }

  private static func record(_ line: [UInt8]) -> AuditChain? {
    guard let parts = AuditLine(line[...]), case .record(let seq) = parts.content,
      AuditChain.hash(after: parts.previous, parts.record) == parts.hash
    else { return nil }
    return AuditChain(seq: seq, hash: parts.hash)
  }

  private static func bytes(of file: Int32, _ range: Range<Int>) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: range.count)
    return pread(file, &bytes, bytes.count, off_t(range.lowerBound)) == bytes.count ? bytes : nil
  }

  /// Where the last whole line before `end` ends, 0 = there is none; nil where it can't be read.
  private static func endOfLastLine(_ file: Int32, before end: Int) -> Int? {
    var end = end
    var block = [UInt8](repeating: 0, count: 4096)
    while end > 0 {
      let start = max(end - block.count, 0)
      guard pread(file, &block, end - start, off_t(start)) == end - start else { return nil }
      if let lineFeed = block[..<(end - start)].lastIndex(of: UInt8(ascii: "\n")) { return start + lineFeed + 1 }
      end = start
    }
    return 0
  }
}

/// A file of audit lines, for who writes one.
package enum AuditFile {
  /// Whether it is empty or ends in a line of an audit, a seal included: then nothing else is lost with it.
  package static func isReplaceable(_ path: String) -> Bool {
    let file = convene_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0)
    guard file >= 0 else { return false }
    defer { close(file) }
    guard let line = FileEnd.lastLine(of: file) else { return false }
    return line.isEmpty || AuditLine(line[...]) != nil
  }
}
