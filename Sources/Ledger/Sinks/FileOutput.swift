internal import CLinux
internal import Glibc

/// Lines appended to a file, which is renamed and begun anew when it is full: `path` -> `path.1` -> ... -> `path.keep`.
///
/// Every write is followed by fdatasync: the sink's position is stored in the ledger, and a record that the position
/// counts must not be missing here after a power failure.
final class FileOutput: AuditOutput {
  /// The ledger's own syncs go to the same disk, and callers wait for those.
  let patience = Duration.milliseconds(20)

  private let path: String
  private let rotateAt: Int
  private let keep: Int
  private var file: Int32 = -1
  private var size = 0

  /// - Parameters:
  ///   - rotateAt: bytes; a line is never split, so one that is longer has a file of its own.
  ///   - keep: how many files stay beside the one that is written.
  init(path: String, rotateAt: Int, keep: Int) {
    self.path = path
    self.rotateAt = rotateAt
    self.keep = keep
  }

  deinit { if file >= 0 { close(file) } }

  func writeSome(_ lines: ArraySlice<UInt8>) throws(AuditOutputError) -> Int {
    do throws(AuditOutputError) {
      if file < 0 { try open() }
      if pieceLength(lines) == 0 {
        try rotate()
        try open()
      }
      return try append(lines.prefix(pieceLength(lines)))
    } catch {
      // What a failed write left of a line is cut off when the file is opened again.
      if file >= 0 { close(file) }
      file = -1
      throw error
    }
  }

  /// The whole lines that the file has room for; 0 = it must be rotated first.
  private func pieceLength(_ rest: ArraySlice<UInt8>) -> Int {
    let room = max(rotateAt - size, 0)
    guard rest.count > room else { return rest.count }
    if let end = rest.prefix(room).lastIndex(of: UInt8(ascii: "\n")) { return end + 1 - rest.startIndex }
    guard size == 0 else { return 0 }
    return rest.firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 - rest.startIndex } ?? rest.count
  }

  /// - Returns: the bytes of whole lines that are on the disk. On one that gets full, a part of them may be: that must not
  ///   come again.
  private func append(_ piece: ArraySlice<UInt8>) throws(AuditOutputError) -> Int {
    var rest = piece
    var hasFailed = false
    while !rest.isEmpty, !hasFailed {
      let count = rest.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
      if count >= 0 {
        rest = rest.dropFirst(count)
      } else if errno != EINTR {
        let out = piece[..<rest.startIndex]
        guard let end = out.lastIndex(of: UInt8(ascii: "\n")) else { throw failure(path) }
        rest = piece[(end + 1)...]
        hasFailed = true
      }
    }
    guard fdatasync(file) == 0 else {
      let failure = failure(path)
      // All of it comes again.
      _ = ftruncate(file, off_t(size))
      throw failure
    }
    let whole = piece.count - rest.count
    size += whole
    if hasFailed {
      // Opened again, it loses the line that was begun. The next write tells what is wrong, if it still is.
      close(file)
      file = -1
    }
    return whole
  }

  private func open() throws(AuditOutputError) {
    file = convene_open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard file >= 0 else { throw failure(path) }
    // A file that is new here, or was renamed, is only there after a power failure if the directory is on the disk too.
    try syncDirectory()
    let end = lseek(file, 0, SEEK_END)
    guard end >= 0 else { throw failure(path) }
    guard let whole = Self.endOfLastLine(file, before: end) else { throw failure(path) }
    // A process that died in the middle of a line left its beginning; that record comes again, whole.
    if whole < end, ftruncate(file, whole) != 0 { throw failure(path) }
    size = whole
  }

  private func syncDirectory() throws(AuditOutputError) {
    let parent = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
    let directory = convene_open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard directory >= 0 else { throw failure(parent) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw failure(parent) }
  }

  private func rotate() throws(AuditOutputError) {
    close(file)
    file = -1
    for number in stride(from: keep, through: 1, by: -1) {
      let older = "\(path).\(number)"
      let newer = number == 1 ? path : "\(path).\(number - 1)"
      // A process that died between two of these left a number out; there is nothing to rename then.
      guard rename(newer, older) == 0 || errno == ENOENT else { throw failure(newer) }
    }
    if keep < 1, unlink(path) != 0, errno != ENOENT { throw failure(path) }
  }

  /// Of the call that has just failed.
  private func failure(_ path: String) -> AuditOutputError {
    AuditOutputError(isFinal: false, message: "\(path): \(String(cString: strerror(errno)))")
  }
}
