internal import CLinux
internal import Glibc

/// What a sink finds at the end of a file.
enum FileEnd: Equatable {
  case empty
  /// Its last whole record, and how many bytes there are up to its line feed. What follows was left by a process that died
  /// in the middle of a line.
  case record(AuditChain, length: Int)
  /// Nothing but the beginning of a line, as such a process leaves it.
  case torn
  /// What no sink has written.
  case foreign

  private static let maximumLine = 16 << 20
  private static let beginning = Array(#"{"seq":"#.utf8)

  /// - Parameter file: a regular one, open for reading.
  /// - Returns: nil where it can't be read.
  init?(of file: Int32) {
    var status = stat()
    guard fstat(file, &status) == 0 else { return nil }
    let size = Int(status.st_size)
    guard size > 0 else {
      self = .empty
      return
    }
    guard var end = Self.endOfLastLine(file, before: size) else { return nil }
    var rest = size
    while end > 0 {
      guard let start = Self.endOfLastLine(file, before: end - 1) else { return nil }
      guard end - start <= Self.maximumLine, let line = Self.bytes(of: file, start..<(end - 1)),
        let tail = Self.bytes(of: file, end..<min(rest, end + 64))
      else { return nil }
      if let chain = Self.record(line) {
        self = Self.isLeftover(tail, of: chain.seq + 1) ? .record(chain, length: end) : .foreign
        return
      }
      // After a power failure, zeros may be where something was written but not yet synced, whole lines of it too.
      guard line.first == 0 else {
        self = .foreign
        return
      }
      (rest, end) = (end, start)
    }
    guard let first = Self.bytes(of: file, 0..<min(size, 64)) else { return nil }
    self = Self.isLeftover(first, of: nil) ? .torn : .foreign
  }

  /// Whether it begins as a record's line does, or as blocks that never came to the disk.
  ///
  /// - Parameter seq: the record's number; nil = any.
  private static func isLeftover(_ bytes: [UInt8], of seq: Int64?) -> Bool {
    guard let first = bytes.first, first != 0 else { return true }
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
