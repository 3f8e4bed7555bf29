internal import Glibc

/// What a path leads to now, all symbolic links followed; the file itself need not be there.
///
/// Two places are compared by inode and by name within a directory's inode, never as texts: `./a`, `a` and a link to it are
/// one file, and so are two hard links.
package struct FilePlace: Sendable {
  package enum Kind: Sendable {
    case regular, directory, pipe, device, socket
  }

  /// Absolute, without links.
  package let path: String
  /// The names by which it is reached: the given one, then each that a link there leads to; the last is the file's own. All
  /// in directories that are there.
  package let names: [FileName]
  /// nil = there is nothing at the last of the names.
  package let inode: Inode?
  package let kind: Kind?
  /// How many names the file has.
  package let links: Int

  /// - Throws: `FilePlaceError` where a directory on the way is missing or can't be searched, or links go round in circles.
  package init(_ path: String) throws(FilePlaceError) {
    var names: [FileName] = []
    var next = path
    // As many links as the kernel follows (path_resolution(7)).
    for _ in 1...40 {
      let (parent, name) = Self.parts(of: next)
      guard let real = realpath(parent, nil) else { throw FilePlaceError(path: parent) }
      defer { free(real) }
      let directory = String(cString: real)
      guard let directoryInode = Inode(directory) else { throw FilePlaceError(path: directory) }
      names.append(FileName(directory: directoryInode, name: Array(name.utf8)))
      let own = directory == "/" ? "/\(name)" : "\(directory)/\(name)"
      var status = stat()
      if lstat(own, &status) != 0 {
        guard errno == ENOENT else { throw FilePlaceError(path: own) }
        // A link of /proc leads to what has no name: /dev/stdout to a pipe.
        let isThere = stat(path, &status) == 0
        (self.path, self.names, links) = (own, names, isThere ? Int(status.st_nlink) : 0)
        inode = isThere ? Inode(status) : nil
        kind = isThere ? Kind(status) : nil
        return
      }
      guard status.st_mode & S_IFMT == S_IFLNK else {
        (self.path, self.names, links) = (own, names, Int(status.st_nlink))
        inode = Inode(status)
        kind = Kind(status)
        return
      }
      let target = try Self.target(of: own)
      next = target.utf8.first == UInt8(ascii: "/") ? target : "\(directory)/\(target)"
    }
    errno = ELOOP
    throw FilePlaceError(path: path)
  }

  /// Whether renaming, writing or removing one of them touches the other.
  package func isSame(as other: FilePlace) -> Bool {
    if let inode, inode == other.inode { return true }
    return names.contains { other.names.contains($0) }
  }

  /// A directory and a name in it. What can't be a file's name (`a/`, `.`, `..`) is a directory, and its own parent here.
  private static func parts(of path: String) -> (parent: String, name: String) {
    let utf8 = path.utf8
    let slash = utf8.lastIndex(of: UInt8(ascii: "/"))
    let name = slash.map { String(path[utf8.index(after: $0)...]) } ?? path
    if name.isEmpty || name == "." || name == ".." { return (path.isEmpty ? "." : path, ".") }
    guard let slash else { return (".", name) }
    return (slash == utf8.startIndex ? "/" : String(path[..<slash]), name)
  }

  private static func target(of link: String) throws(FilePlaceError) -> String {
    var bytes = [CChar](repeating: 0, count: Int(PATH_MAX))
    let count = readlink(link, &bytes, bytes.count)
    guard count > 0 else { throw FilePlaceError(path: link) }
    return String(decoding: bytes[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}

extension FilePlace.Kind {
  fileprivate init(_ status: stat) {
    self =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regular
      case S_IFDIR: .directory
      case S_IFIFO: .pipe
      case S_IFSOCK: .socket
      default: .device
      }
  }

  /// For people.
  package var text: String {
    switch self {
    case .regular: "a regular file"
    case .directory: "a directory"
    case .pipe: "a pipe"
    case .device: "a device"
    case .socket: "a socket"
    }
  }
}

/// A name in a directory, however that directory is spelled.
package struct FileName: Hashable, Sendable {
  package let directory: Inode
  package let name: [UInt8]
}

/// Why it can't be told what a path leads to: the error of the call that has just failed.
package struct FilePlaceError: Error, Sendable, CustomStringConvertible {
  package let description: String

  init(path: String) { description = "\(path): \(String(cString: strerror(errno)))" }
}
