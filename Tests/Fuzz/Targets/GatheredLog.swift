internal import CSQLite
internal import Glibc
internal import LedgerSQLite
internal import Synchronization

/// A log that SQLite has opened by way of `gather.c`, and what a plain file would be in its place. The steps are those that
/// SQLite takes; none of its own come between them.
struct GatheredLog {
  /// One a process: to open a database costs more than a thousand steps.
  static let shared = Mutex(GatheredLog())

  private let database: UnsafeMutablePointer<sqlite3_file>
  private let log: UnsafeMutablePointer<sqlite3_file>
  private let methods: sqlite3_io_methods
  /// What SQLite writes to; and the same file once more, to look at it as another process does.
  private let place: Int32
  private let descriptor: Int32
  private let fullDisk: Int32

  /// What is in the file, and what is when all that was written is.
  private var file: [UInt8] = []
  private var written: [UInt8] = []
  /// Writes that were accepted and are not there yet, in their order.
  private var pending: [(start: Int, bytes: [UInt8])] = []
  private var hasFailed = false
  /// Where something has failed, what SQLite takes for written.
  private var believed: [UInt8] = []
  private var isDiskFull = false
  private var letter: UInt8 = 0

  private init?() {
    var template = Array("/dev/shm/convene-fuzz-XXXXXX".utf8CString)
    guard let directory = mkdtemp(&template).map({ String(cString: $0) }) else { return nil }
    let path = directory + "/t.db"
    defer { for name in [path, path + "-wal", path + "-shm"] { unlink(name) } }
    defer { rmdir(directory) }
    var connection: OpaquePointer?
    let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_URI
    let setUp = "PRAGMA journal_mode = WAL; CREATE TABLE t (a)"
    guard sqlite3_open_v2(SQLiteLibrary.writablePath(of: path), &connection, flags, nil) == SQLITE_OK,
      sqlite3_exec(connection, setUp, nil, nil, nil) == SQLITE_OK
    else { return nil }
    var database: UnsafeMutablePointer<sqlite3_file>?
    var log: UnsafeMutablePointer<sqlite3_file>?
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_FILE_POINTER, &database)
    sqlite3_file_control(connection, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log)
    place = Self.descriptor(of: path + "-wal")
    descriptor = open(path + "-wal", O_RDWR | O_CLOEXEC)
    fullDisk = open("/dev/full", O_RDWR | O_CLOEXEC)
    guard let database, let log, let methods = log.pointee.pMethods, place >= 0, descriptor >= 0, fullDisk >= 0,
      let lock = database.pointee.pMethods?.pointee.xShmLock,
      lock(database, 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE) == SQLITE_OK
    else { return nil }
    (self.database, self.log, self.methods) = (database, log, methods.pointee)
    settle(as: contents())
  }

  private static func descriptor(of path: String) -> Int32 {
    for descriptor: Int32 in 3..<4096 {
      var name = [CChar](repeating: 0, count: 256)
      let count = readlink("/proc/self/fd/\(descriptor)", &name, name.count)
      if count == path.utf8.count, name.starts(with: path.utf8CString.dropLast()) { return descriptor }
    }
    return -1
  }
}

// MARK: Steps

extension GatheredLog {
  private static let sizes = [24, 4096, 1, 512, 4120, 32_000, 130_000, 100]

  /// A log without a byte.
  mutating func begin() throws(Violation) {
    isDiskFull = false
    try endTransaction()
    try require(ftruncate(descriptor, 0) == 0, "a file can be emptied")
    settle(as: [])
  }

  mutating func take(_ step: UInt8, _ argument: UInt8) throws(Violation) {
    let number = Int(argument)
    switch step & 15 {
    case 0..<5: try write(Self.sizes[number & 7], at: written.count)
    case 5: try write(Self.sizes[number & 3], at: number * 97)
    case 6: try read(at: number * 331)
    case 8: try truncate(to: min(number * 200, written.count))
    case 9: try askSize()
    // Where nothing can be told of a failure the process ends.
    case 10: try barrier()
    case 11: try endTransaction()
    case 12: isDiskFull = true
    case 13: isDiskFull = false
    default: try sync()
    }
  }

  private mutating func write(_ count: Int, at start: Int) throws(Violation) {
    // One that is too large to be gathered goes to the file itself, and so does what comes of it.
    guard count < 100_000 || !isDiskFull && !hasFailed, written.count < 150_000 else { return }
    letter &+= 1
    let bytes = [UInt8](repeating: letter, count: count)
    let result = onDisk { methods.xWrite?(log, bytes, Int32(count), Int64(start)) }
    let isAppended = start == written.count && pending.last.map { $0.start + $0.bytes.count == start } ?? true
    if result == SQLITE_OK {
      pending.append((start, bytes))
      Self.write(bytes, at: start, to: &written)
      // Nearly always nothing has come into the file.
      if isAppended, !hasFailed, size == file.count { return }
    }
    try settle(result, isDone: false)
  }

  private mutating func read(at start: Int) throws(Violation) {
    var bytes = [UInt8](repeating: 0xAA, count: 4096)
    let result = methods.xRead?(log, &bytes, 4096, Int64(start)) ?? SQLITE_MISUSE
    // SQLITE_IOERR_SHORT_READ
    let isShort = result == SQLITE_IOERR | 2 << 8
    // What of earlier transactions is there can be read, whatever has failed; what was lost is not there.
    if hasFailed, result == SQLITE_OK || isShort {
      return try require(bytes == piece(of: believed, start), "what was lost is not read as if nothing were wrong")
    }
    let expected = piece(of: written, start)
    try settle(isShort ? SQLITE_OK : result, isDone: true)
    if !hasFailed { try require(bytes == expected, "what was written is read") }
  }

  private func piece(of bytes: [UInt8], _ start: Int) -> [UInt8] {
    let piece = Array(bytes.dropFirst(start).prefix(4096))
    return piece + [UInt8](repeating: 0, count: 4096 - piece.count)
  }

  private mutating func sync() throws(Violation) {
    try settle(onDisk { methods.xSync?(log, SQLITE_SYNC_NORMAL) }, isDone: true)
  }

  private mutating func truncate(to size: Int) throws(Violation) {
    let result = methods.xTruncate?(log, Int64(size)) ?? SQLITE_MISUSE
    if result == SQLITE_OK {
      // The header of a log that is emptied stays.
      settle(as: Array(written.prefix(size == 0 ? 32 : size)))
    }
    try settle(result, isDone: true)
  }

  private mutating func askSize() throws(Violation) {
    var told: Int64 = -1
    let result = methods.xFileSize?(log, &told) ?? SQLITE_MISUSE
    let expected = written.count
    try settle(result, isDone: true)
    // To SQLite's own VFS a file of one byte is empty (os_unix.c, `unixFileSize`).
    if !hasFailed { try require(told == Int64(expected == 1 ? 0 : expected), "the size is what was written") }
  }

  private mutating func barrier() throws(Violation) {
    database.pointee.pMethods?.pointee.xShmBarrier?(database)
    if !hasFailed { try settle(SQLITE_OK, isDone: true) }
  }

  private mutating func endTransaction() throws(Violation) {
    let lock = database.pointee.pMethods?.pointee.xShmLock
    let actual = contents()
    _ = lock?(database, 0, 1, SQLITE_SHM_UNLOCK | SQLITE_SHM_EXCLUSIVE)
    // Another process may be the next to write there.
    try require(Self.isSame(contents(), actual), "who lets go of the lock writes nothing more")
    if !hasFailed { try requireOrder(actual) }
    settle(as: actual)
    hasFailed = false
    _ = lock?(database, 0, 1, SQLITE_SHM_LOCK | SQLITE_SHM_EXCLUSIVE)
  }
}

// MARK: What must be so then

extension GatheredLog {
  private static func write(_ bytes: [UInt8], at start: Int, to file: inout [UInt8]) {
    let end = start + bytes.count
    if file.count < end { file += [UInt8](repeating: 0, count: end - file.count) }
    file.replaceSubrange(start..<end, with: bytes)
  }

  /// Nothing waits to be written any more.
  private mutating func settle(as actual: [UInt8]) { (file, written, pending) = (actual, actual, []) }

  /// - Parameter isDone: whether all must be in the file now, where nothing has failed.
  private mutating func settle(_ result: Int32, isDone: Bool) throws(Violation) {
    let actual = contents()
    if hasFailed {
      try require(result != SQLITE_OK, "after a failure nothing is done until the transaction is over")
      return try require(Self.isSame(actual, file), "after a failure nothing is written")
    }
    guard result == SQLITE_OK else {
      try require(isDiskFull, "nothing fails without a reason: \(result)")
      try require(Self.isSame(actual, file), "a full disk takes nothing")
      // Where nothing was lost that SQLite takes for written, it alone knows that a sync failed.
      if !pending.isEmpty {
        believed = written
        settle(as: file)
        hasFailed = true
      }
      return
    }
    if isDone {
      try require(Self.isSame(actual, written), "all that was written is in the file")
      settle(as: actual)
    } else {
      try requireOrder(actual)
    }
  }

  /// That the file has the first of the writes, and none that came later.
  private mutating func requireOrder(_ actual: [UInt8]) throws(Violation) {
    var some = file
    var rest = pending[...]
    while !Self.isSame(some, actual), let next = rest.popFirst() { Self.write(next.bytes, at: next.start, to: &some) }
    if Self.isSame(some, actual) {
      (file, pending) = (actual, Array(rest))
      return
    }
    throw Violation("writes are there in their order")
  }

  private static func isSame(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && memcmp(left, right, left.count) == 0
  }

  private var size: Int {
    var status = stat()
    fstat(descriptor, &status)
    return Int(status.st_size)
  }

  private func contents() -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      count = max(0, pread(descriptor, buffer.baseAddress, buffer.count, 0))
    }
  }

  /// Does something that may write, on a disk that may be full.
  private func onDisk(_ body: () -> Int32?) -> Int32 {
    if isDiskFull { dup2(fullDisk, place) }
    defer { if isDiskFull { dup2(descriptor, place) } }
    return body() ?? SQLITE_MISUSE
  }
}
