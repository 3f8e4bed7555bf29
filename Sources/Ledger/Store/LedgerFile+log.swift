internal import CLinux
internal import Glibc

extension LedgerFile {
  /// Makes sure that the log beside the file is the file's own, and that there is one where the file needs it.
  ///
  /// A log with no transaction is as good as none, and one that isn't there is not: without the power to tell a lost log from
  /// an empty one, an empty one stays whenever the file says that there is a log.
  ///
  /// - Parameters:
  ///   - path: without links.
  ///   - given: as the configuration has it.
  static func checkLog(of path: String, as given: String) throws(LedgerError) {
    for attempt in 1...3 {
      let mark = LogMark(inFileAt: path)
      guard let fault = faultOfLog(of: path, mark, given) else { return }
      // A gateway that runs may have written both in between.
      if attempt == 3 || LogMark(inFileAt: path) == mark { throw fault }
    }
  }

  private static func faultOfLog(of path: String, _ mark: LogMark?, _ given: String) -> LedgerError? {
    let file = convene_open("\(path)-wal", O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0)
    guard file >= 0 else {
      guard errno == ENOENT, mark?.state == .split else { return nil }
      return LedgerError(
        .log,
        "\(given): its log, \(path)-wal, is missing, and what was committed last is in it: without it commands would be"
          + " sent twice. Put it back under this name; it lies beside the name that the file last had. Where the file is"
          + " known to have everything, an empty file \(path)-wal says so")
    }
    defer { close(file) }
    guard let log = WriteAheadLog(of: file), log.hasTransaction else { return nil }
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
}
