internal import CLinux
internal import Files
internal import Gateway
internal import Glibc
internal import Ledger

/// A file that is there whole or not at all: written beside its place, and moved there at the end.
struct ExportFile {
  let descriptor: Int32
  /// Without links: it is the file that is replaced, not a link to it.
  private let path: String
  private let temporary: String

  /// - Parameters:
  ///   - others: files that must not be replaced.
  ///   - sinks: nor must these be, nor what they are renamed to.
  init(path: String, others: [String], sinks: [AuditSettings.Sink]) throws(StartError) {
    self.path = try Self.place(of: path, others, sinks).path
    temporary = "\(self.path).\(getpid()).partial"
    descriptor = convene_open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw StartError("\(temporary): \(String(cString: strerror(errno)))") }
  }

  private static func place(
    of path: String, _ others: [String], _ sinks: [AuditSettings.Sink]
  ) throws(StartError) -> FilePlace {
    let place: FilePlace
    do throws(FilePlaceError) { place = try FilePlace(path) } catch { throw StartError("\(error)") }
    if let kind = place.kind, kind != .regular {
      throw StartError("\(path): \(kind.text), and no regular file; without -o it goes to standard output")
    }
    for other in others {
      if let otherPlace = try? FilePlace(other), otherPlace.isSame(as: place) {
        throw StartError("\(path): is \(other), which the gateway needs")
      }
    }
    for case .file(let sink, _, let keep) in sinks {
      guard let sinkPlace = try? FilePlace(sink) else { continue }
      if sinkPlace.isSame(as: place) || place.isRotation(of: sinkPlace, keep: keep) {
        throw StartError("\(path): is a file of the sink \(sink)")
      }
    }
    guard place.kind == nil || AuditFile.isReplaceable(place.path) else {
      throw StartError("\(path): is there, and is no export; remove it first, or name another file")
    }
    return place
  }

  /// - Parameter isWhole: false = nothing stays.
  func end(isWhole: Bool) throws(StartError) {
    defer { close(descriptor) }
    guard isWhole else {
      unlink(temporary)
      return
    }
    guard fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw StartError("\(path): \(reason)")
    }
  }
}
