internal import CLinux
internal import Files
internal import Glibc

extension LedgerFile {
  /// Looks at what is there, without making or locking it. A ledger that isn't there yet will be made.
  ///
  /// - Parameter path: as the configuration has it.
  static func check(_ place: FilePlace, as path: String) throws(LedgerError) {
    guard let kind = place.kind else { return try checkLog(of: place.path, as: path) }
    guard kind == .regular else { throw LedgerError(.path, "\(path): not a regular file") }
    try checkNames(place.links, of: place.path, as: path)
    let descriptor = convene_open(place.path, O_RDWR | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0)
    guard descriptor >= 0 else { throw LedgerError(.path, "\(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var status = stat()
    if fstat(descriptor, &status) == 0, status.st_size > 0 { try checkHeader(descriptor, path: path) }
    try checkLog(of: place.path, as: path)
  }

  /// The log's name is made of the file's: under another one, what an earlier process left in its log would be missing.
  ///
  /// - Parameter given: as the configuration has it.
  static func checkNames(_ links: Int, of path: String, as given: String) throws(LedgerError) {
    if convene_is_mount_point(path) > 0 {
      throw LedgerError(
        .path,
        "\(given): is mounted as a single file, so it has another name, too, and its log only one of them. Mount the"
          + " directory that it lies in")
    }
    guard links != 1 else { return }
    throw LedgerError(
      .path,
      "\(given): has \(links) names (hard links), and its log only one of them; a ledger must have one name"
        + " (`find -samefile` tells the others)")
  }
}
