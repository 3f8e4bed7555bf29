internal import Audit
internal import CLinux
internal import Glibc

/// What a sink finds at the end of a file.
enum FileEnd: Equatable {
  case empty
  /// The last whole record of which everything before it is there, too, how many bytes there are up to its line feed, and
  /// the bytes after that: what a process leaves that dies in the middle of a line, or a power failure, or a stranger.
  case record(AuditChain, length: Int, rest: [UInt8])
  /// No whole record, but bytes of which the same is true.
  case beginning([UInt8])
  /// What no sink has written.
  case foreign

  private static let maximumLine = 16 << 20
  /// What a sink may write before it syncs its file: the lines that it has taken, with those of one more transaction.
  static let longestWrite = 16 << 20

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
    guard length - end <= Self.longestWrite else {
      self = .foreign
      return
    }
    guard let rest = Self.bytes(of: file, end..<length) else { return nil }
    guard end > 0 else {
      self = .beginning(rest)
      return
    }
    guard let start = Self.endOfLastLine(file, before: end - 1) else { return nil }
    guard end - start <= Self.maximumLine, let line = Self.bytes(of: file, start..<(end - 1)) else { return nil }
    let chain = Self.record(line)
    self = chain.map { .record($0, length: end, rest: rest) } ?? .foreign
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

  /// The first record of a file.
  ///
  /// - Returns: nil where it begins with something else, or can't be read.
  static func firstRecord(of file: Int32) -> AuditChain? {
    var line: [UInt8] = []
    var block = [UInt8](repeating: 0, count: 4096)
    while line.count <= maximumLine {
      let count = pread(file, &block, block.count, off_t(line.count))
      guard count > 0 else { return nil }
      if let end = block[..<count].firstIndex(of: UInt8(ascii: "\n")) { return record(line + block[..<end]) }
      line += block[..<count]
    }
    return nil
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

extension FileEnd {
  /// Up to where nothing is cut off.
  var length: Int { if case .record(_, let length, _) = self { length } else { 0 } }
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
