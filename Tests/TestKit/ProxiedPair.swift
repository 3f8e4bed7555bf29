internal import Glibc
internal import Synchronization

/// The two ends of a connection through the proxy, closed with the last thread that serves them.
final class ProxiedPair: Sendable {
  let near: Int32
  let far: Int32
  private let hasEnded = Atomic<Bool>(false)

  init(near: Int32, far: Int32) {
    self.near = near
    self.far = far
  }

  deinit {
    close(near)
    close(far)
  }

  var isEnded: Bool { hasEnded.load(ordering: .acquiring) }

  /// Tells one side that the other one has no more to say, unless both were cut off.
  func finish(_ descriptor: Int32) {
    if !isEnded { shutdown(descriptor, Int32(SHUT_WR)) }
  }

  /// Ends both ways.
  func end() {
    hasEnded.store(true, ordering: .releasing)
    shutdown(near, Int32(SHUT_RDWR))
    shutdown(far, Int32(SHUT_RDWR))
  }

  /// Closing becomes a reset, and whoever waits for bytes is woken to let go.
  func reset() {
    hasEnded.store(true, ordering: .releasing)
    var linger = linger(l_onoff: 1, l_linger: 0)
    for descriptor in [near, far] {
      setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
      shutdown(descriptor, Int32(SHUT_RD))
    }
  }
}
