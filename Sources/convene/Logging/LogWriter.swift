internal import CLinux
internal import EventLoop
internal import Glibc
internal import Metrics

/// The log's lines on their way to standard error: a bounded queue and a thread of its own, so that nobody who logs waits
/// for whoever reads. What finds no room is dropped and counted, and a line says how many it were once lines go out again.
final class LogWriter: Sendable {
  private struct State: Sendable {
    var lines: [[UInt8]] = []
    /// Bytes in `lines`.
    var size = 0
    /// Since it was said the last time.
    var dropped = 0
    var isBusy = false
    /// The last line was refused: until the next one comes there is nothing to do.
    var isFailing = false

    var isIdle: Bool { lines.isEmpty && !isBusy && (dropped == 0 || isFailing) }
  }

  /// Of this process. Started by the first line.
  static let standardError = LogWriter(descriptor: STDERR_FILENO)
  /// How long the end of a process waits for who reads its log.
  static let patience: Duration = .milliseconds(500)
  /// Bytes of lines that wait.
  private static let capacity = 1 << 20

  /// Lines that were dropped.
  let dropped = Counter()
  private let monitor = Monitor(State())
  private let descriptor: Int32

  init(descriptor: Int32) {
    self.descriptor = descriptor
    do throws(SystemError) {
      try OwnedThread.detach(name: "log") { [self] in run() }
    } catch {
      preconditionFailure("no thread for the log: \(error)")
    }
  }

  /// - Parameter line: with its line feed.
  func write(_ line: [UInt8]) {
    let isTaken = monitor.withLock { state in
      guard state.size + line.count <= Self.capacity else {
        state.dropped += 1
        return false
      }
      state.lines.append(line)
      state.size += line.count
      return true
    }
    if isTaken { monitor.wake() } else { dropped.add() }
  }

  /// Waits until all is out, for as long as a process may wait at its end.
  func flush() { _ = monitor.wait(until: .now + Self.patience) { $0.isIdle ? () : nil } }

  private func run() {
    /// A line was begun and could not be ended.
    var isTorn = false
    while true {
      let taken = monitor.wait { state -> (lines: [[UInt8]], dropped: Int)? in
        guard !state.lines.isEmpty || state.dropped > 0 && !state.isFailing else { return nil }
        defer { (state.lines, state.size, state.dropped, state.isBusy) = ([], 0, 0, true) }
        return (state.lines, state.dropped)
      }
      guard let taken else { continue }
      var lost = taken.dropped
      for line in taken.lines {
        if write(line, isTorn: &isTorn) { continue }
        dropped.add()
        lost += 1
      }
      // What was dropped came after what was taken.
      let isSaid = lost == 0 || write(JSONLogHandler.line(ofDropped: lost), isTorn: &isTorn)
      monitor.withLock { state in
        if !isSaid { state.dropped += lost }
        state.isFailing = !isSaid
        state.isBusy = false
      }
      monitor.wake()
    }
  }

  /// One write a line, where it is taken whole: lines of several processes don't mix.
  ///
  /// - Returns: false where it was not taken.
  private func write(_ line: [UInt8], isTorn: inout Bool) -> Bool {
    var rest = (isTorn ? [UInt8(ascii: "\n")] + line : line)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count > 0 {
        isTorn = true
        rest = rest.dropFirst(count)
      } else if errno == EAGAIN {
        var polled = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&polled, 1, -1)
      } else if errno != EINTR {
        return false
      }
    }
    isTorn = false
    return true
  }
}
