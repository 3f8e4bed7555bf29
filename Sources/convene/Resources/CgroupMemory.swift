/// How much memory the control group of this process may have, and how much of it is in use and can't be taken back: beyond that
/// the kernel kills. What it keeps of files is not counted, since it gives that up first. Version 2 of control groups, else 1
/// (docs.kernel.org: admin-guide/cgroup-v2, "Memory Interface Files"; admin-guide/cgroup-v1/memory).
struct CgroupMemory: Equatable {
  let used: Int
  let bound: Int

  /// - Returns: of the groups that this one lies in, itself included, the one that is nearest to its bound; nil where none has one.
  static func read() -> CgroupMemory? {
    guard let groups = text("/proc/self/cgroup") else { return nil }
    var found: [CgroupMemory] = []
    for line in groups.split(separator: "\n") {
      // `NUMBER:CONTROLLERS:PATH`.
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      guard parts.count == 3 else { continue }
      if parts[0] == "0", parts[1].isEmpty {
        found += parents(of: parts[2], in: "/sys/fs/cgroup").compactMap(version2)
      } else if parts[1].split(separator: ",").contains("memory") {
        found += parents(of: parts[2], in: "/sys/fs/cgroup/memory").compactMap(version1)
      }
    }
    return found.max { Double($0.used) / Double($0.bound) < Double($1.used) / Double($1.bound) }
  }

  /// The directories of a group and of those around it. In a container the group's own is often the outermost one that it sees.
  private static func parents(of group: Substring, in root: String) -> [String] {
    var names = group.split(separator: "/")
    // Beyond what this process sees.
    if names.contains("..") { names = [] }
    return (0...names.count).map { count in ([root[...]] + names.prefix(count)).joined(separator: "/") }
  }

  private static func version2(_ directory: String) -> CgroupMemory? {
    // Without a bound it is `max`.
    guard let bound = number("\(directory)/memory.max"), let all = number("\(directory)/memory.current") else {
      return nil
    }
    return CgroupMemory(all, of: bound, "\(directory)/memory.stat", fileKeys: ["inactive_file", "active_file"])
  }

  private static func version1(_ directory: String) -> CgroupMemory? {
    guard let bound = number("\(directory)/memory.limit_in_bytes"),
      let all = number("\(directory)/memory.usage_in_bytes")
    else { return nil }
    return CgroupMemory(
      all, of: bound, "\(directory)/memory.stat", fileKeys: ["total_inactive_file", "total_active_file"])
  }

  /// - Parameter fileKeys: which lines of `statistics` say what the kernel keeps of files.
  private init?(_ all: Int, of bound: Int, _ statistics: String, fileKeys: Set<Substring>) {
    // Version 1 has a number for none, near 2^63.
    guard bound > 0, bound < 1 << 60 else { return nil }
    var files = 0
    for line in (Self.text(statistics) ?? "").split(separator: "\n") {
      let parts = line.split(separator: " ")
      if parts.count == 2, fileKeys.contains(parts[0]) { files += Int(parts[1]) ?? 0 }
    }
    used = max(0, all - files)
    self.bound = bound
  }

  private static func number(_ path: String) -> Int? {
    text(path).flatMap { text in text.split(separator: "\n").first.flatMap { Int($0) } }
  }

  private static func text(_ path: String) -> String? {
    SmallFile.read(path).map { String(decoding: $0, as: UTF8.self) }
  }
}
