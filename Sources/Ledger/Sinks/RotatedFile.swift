internal import Audit
internal import CLinux
internal import Files
internal import Glibc

/// A file that a sink's file gets the name of when it is rotated: it is renamed on, and goes at last, so it must be the
/// ledger's own.
struct RotatedFile: Sendable {
  let path: String
  /// nil = it is empty: nothing is lost with it.
  let first: AuditChain?
  let inode: Inode?

  /// - Parameter path: the sink's file's, without links.
  /// - Returns: nil where there is none of this number.
  /// - Throws: where it isn't what a sink leaves: a regular file that begins with a record.
  init?(_ path: String, _ number: Int) throws(AuditOutputError) {
    self.path = "\(path).\(number)"
    var status = stat()
    guard lstat(self.path, &status) == 0 else {
      guard errno == ENOENT else { throw AuditOutputError("\(self.path): \(String(cString: strerror(errno)))") }
      return nil
    }
    let file =
      status.st_mode & S_IFMT == S_IFREG
      ? convene_open(self.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0) : -1
    guard file >= 0 else { throw Self.foreign(self.path) }
    defer { close(file) }
    inode = Inode(of: file)
    guard status.st_size > 0 else {
      first = nil
      return
    }
    guard let first = FileEnd.firstRecord(of: file) else { throw Self.foreign(self.path) }
    self.first = first
  }

  /// All that there are.
  static func all(_ path: String, keep: Int) throws(AuditOutputError) -> [RotatedFile] {
    var files: [RotatedFile] = []
    for number in 1...max(keep, 1) {
      if let file = try RotatedFile(path, number) { files.append(file) }
    }
    return files
  }

  private static func foreign(_ path: String) -> AuditOutputError {
    AuditOutputError(
      "\(path): is no file of this audit, and would be replaced when the one before it is full; move it away")
  }

  var ofAnotherLedger: AuditOutputError {
    AuditOutputError(
      "\(path): begins with a record of another ledger, and would be replaced when the one before it is full; move it away"
    )
  }
}
