internal import CLinux
internal import EventLoop
internal import Files
internal import Glibc
internal import Logging

/// Lines appended to a file, which is renamed and begun anew when it is full: `path` -> `path.1` -> ... -> `path.keep`.
///
/// Every write is followed by fdatasync: the sink's position is stored in the ledger, and a record that the position
/// counts must not be missing here after a power failure.
///
/// Others may rename the file or remove it, as logrotate(8) does: before each write, and when it is told to, it looks
/// whether the file is still at its path, and goes on in the one that is there, or in a new one. What was written counts as
/// written, wherever it is now.
final class FileOutput: AuditOutput {
  /// The ledger's own syncs go to the same disk, and callers wait for those.
  let patience = Duration.milliseconds(20)

  private let path: String
  private let terms: FileSinkTerms
  private let logger: Logger
  private let owner: (FileEnd) -> SinkFileOwner?
  /// Rotated files that are known to be this ledger's.
  private var known: Set<Inode> = []
  /// After a rotation that was not possible: when it is tried again.
  private var rotationDue = MonotonicTime.now
  /// Whether a file was open before.
  private var hasBegun = false
  private var file: Int32 = -1
  /// While it is open: its path without links, which file it is, and how long.
  private var real = ""
  private var inode: Inode?
  private var size = 0

  /// - Parameters:
  ///   - terms: `rotateAt` in bytes; a line is never split, so one that is longer has a file of its own.
  ///   - owner: whose a file is that ends so; nil = that can't be told now.
  init(path: String, terms: FileSinkTerms, logger: Logger, owner: @escaping (FileEnd) -> SinkFileOwner?) {
    self.path = path
    self.terms = terms
    self.logger = logger
    self.owner = owner
  }

  deinit { if file >= 0 { close(file) } }

  func writeSome(_ lines: ArraySlice<UInt8>) throws(AuditOutputError) -> Int {
    do throws(AuditOutputError) {
      try reopen()
      if pieceLength(lines) == 0 { try rotateIfPossible() }
      let length = pieceLength(lines)
      return try append(length == 0 ? lines : lines.prefix(length))
    } catch {
      // What a failed write left of a line is cut off when the file is opened again.
      shut()
      throw error
    }
  }

  func reopen() throws(AuditOutputError) {
    if file >= 0, !isInPlace { shut() }
    if file < 0 { try open() }
  }

  /// Whether the open file is still the one at the path, and holds what was written.
  private var isInPlace: Bool {
    guard Inode(path) == inode else {
      logger.info("an audit file was moved away; what follows is in a new one", metadata: ["path": "\(path)"])
      return false
    }
    var status = stat()
    guard fstat(file, &status) == 0, Int(status.st_size) < size else { return true }
    logger.warning(
      "an audit file was cut; records of it may be lost there (rename it and send SIGHUP instead of copying and cutting)",
      metadata: ["path": "\(path)"])
    return false
  }

  private func shut() {
    if file >= 0 { close(file) }
    file = -1
  }

  /// The whole lines that the file has room for; 0 = it must be rotated first.
  private func pieceLength(_ rest: ArraySlice<UInt8>) -> Int {
    let room = max(terms.rotateAt - size, 0)
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
    // Opened again, it loses the line that was begun. The next write tells what is wrong, if it still is.
    if hasFailed { shut() }
    return whole
  }

  /// Only a regular file that is empty, or ends in a record of this chain, is ever cut or appended to.
  private func open() throws(AuditOutputError) {
    let place = try Self.place(of: path, terms)
    real = place.path
    file = convene_open(real, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0o600)
    guard file >= 0 else { throw failure(path) }
    inode = Inode(of: file)
    guard inode == place.inode || place.inode == nil else { throw AuditOutputError("\(path): was replaced just now") }
    guard flock(file, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK else {
      throw AuditOutputError("\(path): is written by another process")
    }
    // A file that is new here, or was renamed, is only there after a power failure if the directory is on the disk too.
    try syncDirectory()
    guard let end = FileEnd(of: file) else { throw failure(path) }
    if end == .empty {
      size = 0
    } else {
      switch owner(end) {
      case .thisLedger: try cut(to: end.length)
      case .anotherLedger where terms.beginsAnew && !hasBegun:
        hasBegun = true
        try rotate()
        return try open()
      case .anotherLedger: throw Self.ofAnotherChain(path)
      case .stranger: throw Self.foreign(path)
      case nil: throw AuditOutputError("\(path): whose records it has can't be told now")
      }
    }
    hasBegun = true
  }

  /// A process that died in the middle of a line left its beginning; that record comes again, whole.
  private func cut(to length: Int) throws(AuditOutputError) {
    guard ftruncate(file, off_t(length)) == 0 else { throw failure(path) }
    size = length
  }

  private func syncDirectory() throws(AuditOutputError) {
    let parent = real.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(real[...$0]) } ?? "."
    let directory = convene_open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0)
    guard directory >= 0 else { throw failure(parent) }
    defer { close(directory) }
    guard fsync(directory) == 0 else { throw failure(parent) }
  }

  /// Where it isn't, the file gets longer than it should: nothing is lost, and nothing of others is touched.
  private func rotateIfPossible() throws(AuditOutputError) {
    guard MonotonicTime.now >= rotationDue else { return }
    do throws(AuditOutputError) {
      try rotate()
    } catch {
      rotationDue = .now + Self.rotationPause
      logger.error("an audit file can't be rotated, and grows on", metadata: ["reason": "\(error.message)"])
    }
    if file < 0 { try open() }
  }

  private static let rotationPause: Duration = .seconds(60)

  /// Each file is renamed to the next number, up to the first that is free; where none is, the oldest one goes.
  private func rotate() throws(AuditOutputError) {
    guard terms.keep > 0 else {
      shut()
      guard unlink(real) == 0 || errno == ENOENT else { throw failure(real) }
      return
    }
    var last = 1
    while let rotated = try RotatedFile(real, last) {
      try checkIsOurs(rotated)
      if last == terms.keep { break }
      last += 1
    }
    shut()
    for number in stride(from: last, through: 1, by: -1) {
      let newer = number == 1 ? real : "\(real).\(number - 1)"
      guard rename(newer, "\(real).\(number)") == 0 || errno == ENOENT else { throw failure(newer) }
    }
  }

  private func checkIsOurs(_ rotated: RotatedFile) throws(AuditOutputError) {
    guard let inode = rotated.inode, !known.contains(inode), let first = rotated.first, !terms.beginsAnew else {
      return
    }
    switch owner(.record(first, length: 0, rest: [])) {
    case .thisLedger: known.insert(inode)
    case .anotherLedger, .stranger: throw rotated.ofAnotherLedger
    case nil: throw AuditOutputError("\(rotated.path): whose records it has can't be told now")
    }
  }

  /// Of the call that has just failed.
  private func failure(_ path: String) -> AuditOutputError {
    AuditOutputError("\(path): \(String(cString: strerror(errno)))")
  }
}
