internal import CLinux
internal import Files
internal import Glibc
internal import Ledger

extension LedgerFile {
  /// Makes sure that the log beside the file is the file's own, and that there is one where the file needs it.
  ///
  /// A log without a transaction, but with its header, is what a power failure leaves of one that was being begun; SQLite leaves
  /// the header when it empties a log (gather.c). An empty one is another program's, which opened the file without its log.
  /// That a log was cut behind its first transaction can't be seen: it is what a power failure leaves, too.
  ///
  /// - Parameters:
  ///   - path: without links.
  ///   - given: as the configuration has it.
  static func checkLog(of path: String, as given: String) throws(LedgerError) {
    for attempt in 1...3 {
      let mark = FileMark(ofFileAt: path)
      guard let fault = faultOfLog(of: path, mark, given) else { return }
      // A gateway that runs may have written both in between.
      if attempt == 3 || FileMark(ofFileAt: path) == mark { throw fault }
    }
  }

  /// An operator's word that the file has everything: an empty file of this name. It is taken once.
  static func completeness(of path: String) -> String { path + "-complete" }

  /// Takes the operator's word, before anything is written of which it wasn't given.
  static func takeWord(of path: String) throws(LedgerError) {
    let word = completeness(of: path)
    guard unlink(word) != 0, errno != ENOENT else { return }
    throw LedgerError(.path, "\(word): can't be removed: \(String(cString: strerror(errno)))")
  }

  private static func faultOfLog(of path: String, _ mark: FileMark?, _ given: String) -> LedgerError? {
    let isNeeded = mark?.mark.state == .split && Inode(completeness(of: path)) == nil
    let file = convene_open("\(path)-wal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
    guard file >= 0 else { return errno == ENOENT && isNeeded ? missing(path, "is missing", given) : nil }
    defer { close(file) }
    guard let log = WriteAheadLog(of: file) else { return isNeeded ? missing(path, "has nothing in it", given) : nil }
    guard log.hasTransaction else { return nil }
    var status = stat()
    guard stat(path, &status) == 0, status.st_size > 0 else {
      return LedgerError(
        .log,
        "\(given): is missing or empty, and \(path)-wal beside it is the log of a ledger. Put the ledger back; or, to begin"
          + " a new one, move that log away")
    }
    guard let mark, !mark.goesOn(in: log) else { return nil }
    return LedgerError(
      .log,
      "\(given): \(path)-wal is the log of another file, or of another day's copy of this one, and would damage it. Put"
        + " beside each other what belongs together; or, to go on with this file as it is, move that log away")
  }

  private static func missing(_ path: String, _ what: String, _ given: String) -> LedgerError {
    LedgerError(
      .log,
      "\(given): its log, \(path)-wal, \(what), and what was committed last was in it: without it commands would be sent"
        + " twice. Put it back under this name; it lies beside the name that the file last had. Where the file is known to"
        + " have everything, an empty file \(completeness(of: path)) says so, once")
  }
}
