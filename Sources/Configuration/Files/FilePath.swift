internal import Glibc

/// Paths as texts. A relative path in a configuration file is relative to that file's directory, wherever Convene was
/// started.
enum FilePath {
  /// With its slash at the end; empty for a bare name.
  static func directory(of path: String) -> String {
    guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
    return String(path[...slash])
  }

  static func resolve(_ path: String, relativeTo file: String) -> String {
    path.utf8.first == UInt8(ascii: "/") ? path : directory(of: file) + path
  }

  /// The one name that a file has however it is spelled, or the spelling where it doesn't exist.
  static func canonical(_ path: String) -> String {
    guard let real = realpath(path, nil) else { return path }
    defer { free(real) }
    return String(cString: real)
  }

  /// The files that a pattern of glob(7) matches, in the order of their bytes.
  ///
  /// - Parameter directory: taken literally, with its slash at the end.
  static func matching(_ pattern: String, in directory: String) -> [String] {
    var escaped: [UInt8] = []
    if pattern.utf8.first != UInt8(ascii: "/") {
      for byte in directory.utf8 {
        if "*?[]\\".utf8.contains(byte) { escaped.append(UInt8(ascii: "\\")) }
        escaped.append(byte)
      }
    }
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(String(decoding: escaped, as: UTF8.self) + pattern, 0, nil, &found) == 0 else { return [] }
    var paths: [String] = []
    for index in 0..<Int(found.gl_pathc) {
      if let path = found.gl_pathv[index] { paths.append(String(cString: path)) }
    }
    return paths.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }
}
