internal import Glibc

/// What the file system says of a file and of each link on the way to it, at one moment. While it says the same, nobody has written
/// there, and nobody has turned one of the links: one that is turned is another link, also where it leads back.
struct FileMark: Equatable {
  let path: String
  /// Device, inode and the time of the inode's last change.
  private var links: [[Int]] = []
  /// The same, with the size and the time of the contents; empty where there is no such file.
  private var file: [Int] = []

  /// As many as Linux follows (path_resolution(7)).
  private static let mostLinks = 40

  init(_ path: String) {
    self.path = path
    var place = path.utf8.first == UInt8(ascii: "/") ? "" : "."
    var rest = Self.names(path)
    while let name = rest.popLast() {
      let next = "\(place)/\(name)"
      var status = stat()
      guard lstat(next, &status) == 0 else { return }
      let mark = [
        Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino), status.st_ctim.tv_sec,
        status.st_ctim.tv_nsec,
      ]
      if status.st_mode & S_IFMT == S_IFLNK {
        guard links.count < Self.mostLinks, let target = Self.target(of: next) else { return }
        links.append(mark)
        if target.utf8.first == UInt8(ascii: "/") { place = "" }
        rest += Self.names(target)
      } else {
        place = next
        if rest.isEmpty { file = mark + [Int(status.st_size), status.st_mtim.tv_sec, status.st_mtim.tv_nsec] }
      }
    }
  }

  /// The last one first.
  private static func names(_ path: String) -> [Substring] {
    path.split(separator: "/", omittingEmptySubsequences: true).reversed()
  }

  private static func target(of link: String) -> String? {
    var bytes = [UInt8](repeating: 0, count: Int(PATH_MAX))
    let count = bytes.withUnsafeMutableBytes { buffer in
      buffer.withMemoryRebound(to: CChar.self) { bytes in
        bytes.baseAddress.map { readlink(link, $0, bytes.count) } ?? -1
      }
    }
    return count > 0 ? String(decoding: bytes[..<count], as: UTF8.self) : nil
  }
}

/// The files that were read for a configuration, each as it was before.
final class ReadFiles {
  private var marks: [FileMark] = []

  func willRead(_ path: String) { marks.append(FileMark(path)) }

  /// Whether all of them are still as they were: then what was read stands in all of them now.
  var areSame: Bool { marks.allSatisfy { FileMark($0.path) == $0 } }
}
