internal import CLinux
internal import Glibc

extension FileOutput {
  private static let maximumLine = 16 << 20

  /// The last whole record of the file at `path`; where that has none, because it was just renamed, of the file before it.
  ///
  /// - Returns: nil where neither file tells.
  static func end(of path: String) -> AuditChain? {
    lastRecord(path) ?? lastRecord("\(path).1")
  }

  /// Where the last whole line of a file ends, 0 = there is none; nil where it can't be read.
  static func endOfLastLine(_ file: Int32, before end: Int) -> Int? {
    var end = end
    var block = [UInt8](repeating: 0, count: 4096)
    while end > 0 {
      let start = max(end - block.count, 0)
      guard pread(file, &block, end - start, start) == end - start else { return nil }
      if let lineFeed = block[..<(end - start)].lastIndex(of: UInt8(ascii: "\n")) { return start + lineFeed + 1 }
      end = start
    }
    return 0
  }

  private static func lastRecord(_ path: String) -> AuditChain? {
    let file = convene_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var status = stat()
    guard fstat(file, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      let end = endOfLastLine(file, before: Int(status.st_size)), end > 0,
      let start = endOfLastLine(file, before: end - 1), end - start <= maximumLine
    else { return nil }
    var line = [UInt8](repeating: 0, count: end - start - 1)
    guard pread(file, &line, line.count, start) == line.count, let parts = AuditLine(line[...]),
      case .record(let seq) = parts.content, AuditChain.hash(after: parts.previous, parts.record) == parts.hash
    else { return nil }
    return AuditChain(seq: seq, hash: parts.hash)
  }
}
