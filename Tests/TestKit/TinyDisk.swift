internal import Foundation

/// A file system of a few mebibytes, in memory, gone with this object. Only root may have one.
package final class TinyDisk: Sendable {
  package static let isPossible = (try? TinyDisk(mebibytes: 1)) != nil
  package static let isPossibleAsExt4 = (try? TinyDisk(ext4: 8)) != nil

  private let scratch: Scratch
  /// Where it is mounted.
  package let path: String

  package init(mebibytes: Int) throws {
    scratch = try Scratch()
    path = scratch.path("disk")
    guard mkdir(path, 0o700) == 0, mount("tmpfs", path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
      throw Failure("can't mount a tmpfs: \(String(cString: strerror(errno)))")
    }
  }

  /// The same as an ext4 in a file, which needs a loop device.
  package init(ext4 mebibytes: Int) throws {
    scratch = try Scratch()
    path = scratch.path("disk")
    let image = scratch.path("image")
    guard mkdir(path, 0o700) == 0, FileManager.default.createFile(atPath: image, contents: nil),
      truncate(image, mebibytes << 20) == 0
    else { throw Failure("no image: \(String(cString: strerror(errno)))") }
    try Self.run("/sbin/mkfs.ext4", ["-q", "-m", "0", image])
    try Self.run("/bin/mount", ["-o", "loop", image, path])
  }

  private static func run(_ program: String, _ arguments: [String]) throws {
    let process = try ChildProcess(program, arguments)
    guard process.waitForExit() == 0 else { throw Failure("\(program): \(process.standardError)") }
  }

  deinit { umount2(path, Int32(MNT_DETACH)) }

  package func file(_ name: String) -> String { "\(path)/\(name)" }

  /// Takes all the space that nobody has yet.
  ///
  /// - Parameter bytes: how much of it is given back.
  package func fill(leaving bytes: Int = 0) throws {
    let ballast = open(file("ballast"), O_WRONLY | O_CREAT | O_APPEND, 0o600)
    guard ballast >= 0 else { throw Failure("no ballast: \(String(cString: strerror(errno)))") }
    defer { close(ballast) }
    let block = [UInt8](repeating: 0, count: 4096)
    while write(ballast, block, block.count) > 0 {}
    guard errno == ENOSPC else { throw Failure("not full: \(String(cString: strerror(errno)))") }
    let length = lseek(ballast, 0, SEEK_END)
    if bytes > 0 { ftruncate(ballast, max(length - bytes, 0)) }
  }

  /// Bytes that nobody has.
  package var available: Int {
    var status = statvfs()
    return statvfs(path, &status) == 0 ? Int(status.f_bavail) * Int(status.f_frsize) : -1
  }

  /// Gives it back.
  package func empty() { unlink(file("ballast")) }
}
