internal import CLinux
internal import Files

/// What a file sink is told beside its path.
struct FileSinkTerms: Sendable {
  var rotateAt: Int
  /// How many files stay beside the one that is written.
  var keep: Int
  /// Files that the gateway needs otherwise: they are never opened, renamed or removed.
  var otherFiles: [String] = []
  /// Whether a file that another chain has filled is put aside when the process begins: a ledger in memory begins a new
  /// chain each time.
  var beginsAnew = false
}

extension FileOutput {
  /// Where a sink's file is, after all links; what may not be written is refused before it is opened.
  static func place(of path: String, _ terms: FileSinkTerms) throws(AuditOutputError) -> FilePlace {
    let place: FilePlace
    do throws(FilePlaceError) { place = try FilePlace(path) } catch { throw AuditOutputError("\(error)") }
    if let kind = place.kind, kind != .regular {
      throw AuditOutputError(
        "\(path): \(kind.text), and no regular file; for a pipe or a device there is the sink stdout")
    }
    for other in terms.otherFiles {
      guard let otherPlace = try? FilePlace(other) else { continue }
      if otherPlace.isSame(as: place) { throw AuditOutputError("\(path): is \(other), which the gateway needs itself") }
      if otherPlace.isRotation(of: place, keep: terms.keep) {
        throw AuditOutputError("\(path): would be renamed to \(other), which the gateway needs itself")
      }
    }
    return place
  }

  /// What a new process can tell of the file before it writes: where it ends.
  ///
  /// - Returns: nil where there is no file yet, or it can't be looked at now; then the next write says why.
  /// - Throws: where it may not be written.
  static func end(of path: String, _ terms: FileSinkTerms) throws(AuditOutputError) -> FileEnd? {
    guard (try? FilePlace(path)) != nil else { return nil }
    let end = end(at: try place(of: path, terms).path)
    if end == .foreign { throw foreign(path) }
    return end
  }

  /// Of a file that is there and regular.
  static func end(at path: String) -> FileEnd? {
    let file = convene_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW, 0)
    guard file >= 0 else { return nil }
    defer { close(file) }
    return FileEnd(of: file)
  }

  static func foreign(_ path: String) -> AuditOutputError {
    AuditOutputError("\(path): does not end in a record of an audit, so nothing is written to it; name another file")
  }

  static func ofAnotherChain(_ path: String) -> AuditOutputError {
    AuditOutputError(
      "\(path): ends in a record of another ledger, so nothing is written to it; move it away, or name another file")
  }
}
