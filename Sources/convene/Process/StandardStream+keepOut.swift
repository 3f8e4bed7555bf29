internal import CLinux
internal import Files
internal import Glibc

extension StandardStream {
  /// Ends the process with 1 where standard output or error is one of some files, as with `>> ledger.db`: not a byte is
  /// written there, not even this. Before anything is written that could go there.
  ///
  /// - Parameter paths: of files that are needed otherwise.
  static func keepOut(of paths: [String]) {
    let places = paths.compactMap { try? FilePlace($0) }
    var messages: [String] = []
    var free: [StandardStream] = []
    for (stream, name) in [(StandardStream.output, "standard output"), (.error, "standard error")] {
      let inode = Inode(of: stream.descriptor)
      guard let place = places.first(where: { $0.kind == .regular && $0.inode == inode }) else {
        free.append(stream)
        continue
      }
      messages.append("\(name) is \(place.path), which the gateway needs; send it to another file")
    }
    guard !messages.isEmpty else { return }
    for message in messages { free.last?.writeLine("Error: \(message)") }
    _exit(1)
  }
}
