import Foundation
import JSON
import TestKit
import Testing

@Suite("The log says what is near its bound, when it begins and when it is over", .timeLimit(.minutes(30)))
struct ResourceTests {
  private func said(_ gateway: GatewayProcess, _ message: String) throws -> JSONValue {
    try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == message }[0]
  }

  private func count(_ gateway: GatewayProcess, _ message: String) -> Int {
    ChildProcess.jsonLines(gateway.process.standardError).count { $0["message"]?.string == message }
  }

  @Test("descriptors, by the limit that holds now")
  func descriptors() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["header_timeout: 60s"] }
    // With many open, one more or less that the start still had is no difference.
    let clients = try (0..<60).map { _ in try gateway.connect() }
    try wait { try gateway.process.descriptors >= 60 + 10 }
    let open = try gateway.process.descriptors
    let bound = open * 100 / 88
    try limitDescriptors(of: gateway.process, to: bound)
    let near = try said(gateway, "open descriptors are near the bound")
    #expect(near["level"]?.string == "warning" && near["bound"]?.integer == Int64(bound))
    try limitDescriptors(of: gateway.process, to: open)
    #expect(try said(gateway, "open descriptors are nearly used up")["level"]?.string == "error")
    try limitDescriptors(of: gateway.process, to: 1000)
    #expect(try said(gateway, "open descriptors are far from the bound again")["level"]?.string == "notice")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    _ = clients
    #expect(gateway.terminate() == 0)
    #expect(count(gateway, "open descriptors are near the bound") == 1)
    #expect(count(gateway, "open descriptors are nearly used up") == 1)
  }

  private func limitDescriptors(of process: ChildProcess, to limit: Int) throws {
    let child = try ChildProcess("/usr/bin/prlimit", ["--pid", "\(process.identifier)", "--nofile=\(limit):"])
    guard child.waitForExit() == 0 else { throw Failure("prlimit: \(child.standardError)") }
  }

  @Test("callers' connections")
  func connections() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_connections: 10", "header_timeout: 60s"] }
    var clients = try (0..<9).map { _ in try gateway.connect() }
    let near = try said(gateway, "callers' connections are near the bound")
    #expect(near["used"]?.integer == 9 && near["bound"]?.integer == 10)
    clients.removeAll()
    _ = try said(gateway, "callers' connections are far from the bound again")
    #expect(gateway.terminate() == 0)
    #expect(count(gateway, "callers' connections are near the bound") == 1)
  }

  @Test("the ledger's disk", .enabled("needs root", { TinyDisk.isPossible }))
  func disk() throws {
    let simulator = try SimulatorProcess()
    let disk = try TinyDisk(mebibytes: 20)
    let gateway = try GatewayProcess(before: simulator) { $0.ledger = disk.file("ledger.db") }
    try disk.fill(leaving: 3 << 19)
    let near = try said(gateway, "the ledger's disk is nearly full")
    #expect(near["level"]?.string == "warning" && near["path"]?.string == disk.file("ledger.db"))
    try disk.fill(leaving: 1 << 19)
    #expect(try said(gateway, "the ledger's disk has hardly any space")["level"]?.string == "error")
    disk.empty()
    _ = try said(gateway, "the ledger's disk has space again")
    #expect(gateway.terminate() == 0)
    #expect(count(gateway, "the ledger's disk is nearly full") == 1)
  }

  @Test(
    "memory of the control group, without what the kernel keeps of files",
    .enabled("needs mounts of its own", { canMount }), arguments: [1, 2])
  func memory(version: Int) throws {
    let simulator = try SimulatorProcess()
    let group = try ControlGroup(version: version)
    try group.set(used: 900 << 20, files: 400 << 20, bound: 1 << 30)
    let gateway = try GatewayProcess(before: simulator) { $0.wrapper = group.wrapper }
    try group.set(used: 1000 << 20, files: 150 << 20, bound: 1 << 30)
    let near = try said(gateway, "memory is near the bound")
    #expect(near["used"]?.integer == 850 << 20 && near["bound"]?.integer == 1 << 30)
    try group.set(used: 1020 << 20, files: 10 << 20, bound: 1 << 30)
    #expect(try said(gateway, "memory is nearly used up")["level"]?.string == "error")
    try group.set(used: 1020 << 20, files: 400 << 20, bound: nil)
    try group.set(used: 1020 << 20, files: 400 << 20, bound: 1 << 30)
    _ = try said(gateway, "memory is far from the bound again")
    #expect(gateway.terminate() == 0)
    #expect(count(gateway, "memory is near the bound") == 1)
  }

  private static let canMount: Bool = {
    let child = try? ChildProcess("/usr/bin/unshare", ["-m", "/bin/mount", "--bind", "/tmp", "/sys/fs/cgroup"])
    return child?.waitForExit() == 0
  }()
}

/// Files as the kernel has them for a control group, put in the place of its own for one process.
private struct ControlGroup {
  private let scratch: Scratch
  private let version: Int

  init(version: Int) throws {
    scratch = try Scratch()
    self.version = version
    try scratch.write(version == 2 ? "0::/pod/container\n" : "7:cpu,memory:/pod/container\n0::/\n", to: "own")
  }

  var wrapper: [String] {
    let mounts = "mount --bind \(scratch.path("root")) /sys/fs/cgroup"
    return [
      "/usr/bin/unshare", "-m", "/bin/sh", "-c",
      // `/proc/self` is another directory once a program runs another one in its place, but this process stays the same.
      "\(mounts) && mount --bind \(scratch.path("own")) /proc/$$/cgroup && exec \"$0\" \"$@\"",
    ]
  }

  /// - Parameters:
  ///   - files: of what is in use, what the kernel keeps of files.
  ///   - bound: of the group around; its own has none.
  func set(used: Int, files: Int, bound: Int?) throws {
    let none = version == 2 ? "max" : "9223372036854771712"
    let (limit, current) =
      version == 2 ? ("memory.max", "memory.current") : ("memory.limit_in_bytes", "memory.usage_in_bytes")
    let root = version == 2 ? "root" : "root/memory"
    let prefix = version == 2 ? "" : "total_"
    for (group, bound) in [("pod", bound.map { "\($0)" } ?? none), ("pod/container", none)] {
      try scratch.write("\(used)\n", to: "\(root)/\(group)/\(current)")
      try scratch.write(
        "anon 1\n\(prefix)inactive_file \(files / 2)\n\(prefix)active_file \(files - files / 2)\nslab 7\n",
        to: "\(root)/\(group)/memory.stat")
      try scratch.write("\(bound)\n", to: "\(root)/\(group)/\(limit)")
    }
  }
}
