internal import CLinux
internal import Glibc

/// The descriptors that this process has open.
enum OpenDescriptors {
  private static let path = "/proc/self/fd"

  /// As many as it may have now (RLIMIT_NOFILE).
  static var bound: Int {
    var limits = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limits)
    return Int(clamping: limits.rlim_cur)
  }

  /// nil where /proc is not there.
  static var count: Int? {
    var status = stat()
    // Since Linux 6.2 the directory's size says so; before that it is 0, and its entries are counted.
    if stat(path, &status) == 0, status.st_size > 0 { return Int(status.st_size) }
    guard let directory = opendir(path) else { return nil }
    defer { closedir(directory) }
    // Not the two that lead elsewhere, nor the one that is open for this.
    var count = -3
    while readdir(directory) != nil { count += 1 }
    return max(0, count)
  }
}
