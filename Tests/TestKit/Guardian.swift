internal import Foundation
internal import Glibc
internal import Synchronization

/// Ends what this process has started when it ends itself, however that happens: a test that is killed leaves nothing behind.
///
/// A shell of its own session waits for the end of a pipe, of which this process has the only other end, and knows by it which of its
/// children run. A parent-death signal (prctl(2)) would come when the *thread* ends that started a child.
final class Guardian: Sendable {
  static let shared = Result { try Guardian() }

  private let pipe: Int32
  private let turn = Mutex(())

  private init() throws {
    let scratch = try Scratch()
    // A named one, since a child gets its input by path. What is opened here for both ways is its only writer.
    let name = scratch.path("pipe")
    pipe = mkfifo(name, 0o600) == 0 ? open(name, O_RDWR | O_CLOEXEC) : -1
    guard pipe >= 0 else { throw Failure("no pipe: error \(errno)") }
    let script = """
      while read -r sign process; do
        if [ "$sign" = + ]; then eval "p_$process=1"; else unset "p_$process"; fi
      done
      set | sed -n 's/^p_\\([0-9]*\\)=.*/\\1/p' | while read -r process; do kill -KILL "$process"; done
      """
    _ = try SpawnedCommand(["/usr/bin/setsid", "/bin/sh", "-c", script], input: name)
    // Its input is open when it has taken this line; then the name may go.
    tell("+ 0")
    try wait { Self.waiting(in: pipe) == 0 }
    tell("- 0")
  }

  func watch(_ process: Int32) { tell("+ \(process)") }

  /// It has ended, and its number may be another one's soon.
  func forget(_ process: Int32) { tell("- \(process)") }

  private func tell(_ line: String) {
    turn.withLock { _ in
      let bytes = Array((line + "\n").utf8)
      _ = write(pipe, bytes, bytes.count)
    }
  }

  private static func waiting(in pipe: Int32) -> Int32 {
    var count: Int32 = 0
    return ioctl(pipe, UInt(FIONREAD), &count) == 0 ? count : 0
  }
}
