internal import CLinux
internal import Glibc

/// A file that is read whole, or its beginning.
enum SmallFile {
  /// - Returns: at most so many bytes; nil where there are none, or they can't be read.
  static func read(_ path: String, most: Int = 16_384) -> [UInt8]? {
    // A pipe without a writer must not hold up whoever looks.
    let file = convene_open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0)
    guard file >= 0 else { return nil }
    defer { close(file) }
    var bytes = [UInt8](repeating: 0, count: most)
    var length = 0
    while length < most {
      let count = bytes.withUnsafeMutableBytes { Glibc.read(file, $0.baseAddress?.advanced(by: length), most - length) }
      guard count > 0 else { break }
      length += count
    }
    return length > 0 ? Array(bytes[..<length]) : nil
  }
}
