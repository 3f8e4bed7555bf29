internal import Foundation
internal import Synchronization

/// Stands between a client and a server of this machine, byte by byte, and makes trouble when it is armed.
///
/// Each connection has two threads, one a way. A descriptor is closed by the last of them.
package final class CuttingProxy: Sendable {
  private let listener: LoopbackListener
  private let target: UInt16
  private let hole: Duration
  private let state = Mutex(State())

  private struct State {
    var armed: (trouble: Trouble, passed: Int)?
    var met: [Trouble] = []
    var passed: [Trouble.Way: Int] = [:]
    /// Until when nothing passes, by way.
    var held: [Trouble.Way: ContinuousClock.Instant] = [:]
    var delay: UInt32 = 0
    /// Connections, and how many of their ways are open.
    var open: [UInt64: (pair: ProxiedPair, ways: Int)] = [:]
    var next: UInt64 = 0
    var watch: (@Sendable (Trouble.Way, ArraySlice<UInt8>) -> Void)?
  }

  /// What becomes of one way after some bytes.
  private enum Course {
    case goesOn, isDeaf, ends
  }

  /// - Parameters:
  ///   - target: the port on loopback.
  ///   - hole: for how long nothing passes after a `.hole`.
  package init(target: UInt16, hole: Duration = .seconds(1)) throws {
    (self.target, self.hole) = (target, hole)
    listener = try LoopbackListener()
    listener.serve { [weak self] in self?.serve($0) }
  }

  deinit { reset() }

  package var port: UInt16 { listener.port }

  package var url: String { "http://127.0.0.1:\(port)/v2" }

  /// The next bytes, on whatever connection, count.
  package func arm(_ trouble: Trouble) { state.withLock { $0.armed = (trouble, 0) } }

  /// What has happened so far: not every trouble meets with enough bytes.
  package var met: [Trouble] { state.withLock { $0.met } }

  /// How many bytes have gone so far.
  package func passed(_ way: Trouble.Way) -> Int { state.withLock { $0.passed[way] ?? 0 } }

  /// Lets nothing pass for a time: a black hole. What comes meanwhile arrives then, whether or not its sender is still there; that is
  /// how a network loses and repeats.
  package func hold(_ ways: Set<Trouble.Way> = Set(Trouble.Way.allCases), for time: Duration) {
    state.withLock { state in
      for way in ways { state.held[way] = .now + time }
    }
  }

  /// Ends a black hole.
  package func release() { state.withLock { $0.held.removeAll() } }

  /// Whatever arrives waits for so many milliseconds, each way. What follows meanwhile is one piece.
  package func delay(by milliseconds: UInt32) { state.withLock { $0.delay = milliseconds } }

  /// Is told of what comes, before it goes on.
  package func watch(_ watch: (@Sendable (Trouble.Way, ArraySlice<UInt8>) -> Void)?) {
    state.withLock { $0.watch = watch }
  }

  /// Cuts all connections there are.
  package func reset() { for (pair, _) in state.withLock({ $0.open }).values { pair.reset() } }

  private func serve(_ near: Int32) {
    guard let far = LoopbackListener.connect(to: target) else {
      close(near)
      return
    }
    let pair = ProxiedPair(near: near, far: far)
    let number = state.withLock { state in
      state.next += 1
      state.open[state.next] = (pair, Trouble.Way.allCases.count)
      return state.next
    }
    for way in Trouble.Way.allCases {
      Thread { [weak self] in
        let (from, to) = way == .request ? (pair.near, pair.far) : (pair.far, pair.near)
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var course = Course.goesOn
        while case let count = recv(from, &buffer, buffer.count, 0), count > 0 {
          if course == .goesOn {
            self?.delay(buffer[..<count], way, pair)
            // What was on its way in a connection that was cut is lost.
            course = pair.isEnded ? .ends : self?.forward(buffer[..<count], to, way, pair) ?? .ends
          }
          if course == .ends { break }
        }
        if course != .ends {
          // Through a black hole doesn't come an end either.
          self?.delay([], way, pair)
          pair.finish(to)
        }
        self?.end(number)
      }.start()
    }
  }

  private func end(_ number: UInt64) {
    state.withLock { state in
      state.open[number]?.ways -= 1
      if state.open[number]?.ways == 0 { state.open[number] = nil }
    }
  }

  /// Returns when the bytes may go on.
  private func delay(_ bytes: ArraySlice<UInt8>, _ way: Trouble.Way, _ pair: ProxiedPair) {
    let (watch, delay) = state.withLock { ($0.watch, $0.delay) }
    watch?(way, bytes)
    if delay > 0 { usleep(delay * 1000) }
    while !pair.isEnded, state.withLock({ $0.held[way].map { ContinuousClock.now < $0 } ?? false }) { usleep(2000) }
  }

  private func forward(_ bytes: ArraySlice<UInt8>, _ to: Int32, _ way: Trouble.Way, _ pair: ProxiedPair) -> Course {
    let met: (kind: Trouble.Kind, before: Int)? = state.withLock { state in
      state.passed[way, default: 0] += bytes.count
      guard let (trouble, passed) = state.armed, trouble.way == way else { return nil }
      guard passed + bytes.count > trouble.byte else {
        state.armed = (trouble, passed + bytes.count)
        return nil
      }
      state.armed = nil
      state.met.append(trouble)
      return (trouble.kind, trouble.byte - passed)
    }
    guard let met else { return Self.write(bytes, to) }
    guard Self.write(bytes.prefix(met.before), to) == .goesOn else { return .ends }
    return perform(met.kind, on: bytes.dropFirst(met.before), to, pair)
  }

  private func perform(
    _ kind: Trouble.Kind, on rest: ArraySlice<UInt8>, _ to: Int32, _ pair: ProxiedPair
  ) -> Course {
    switch kind {
    case .hole:
      hold(for: hole)
      delay(rest, .request, pair)
      return Self.write(rest, to)
    case .close:
      pair.end()
      return .ends
    case .reset:
      pair.reset()
      return .ends
    case .halfClose:
      pair.finish(to)
      return .isDeaf
    case .hang: return .isDeaf
    case .delay, .stall:
      usleep(kind == .delay ? 100_000 : 1_300_000)
      return Self.write(rest, to)
    case .trickle:
      for byte in rest {
        usleep(500)
        guard Self.write([byte], to) == .goesOn else { return .ends }
      }
      return .goesOn
    }
  }

  private static func write(_ bytes: ArraySlice<UInt8>, _ to: Int32) -> Course {
    var rest = bytes
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { return .ends }
      rest = rest.dropFirst(count)
    }
    return .goesOn
  }
}
