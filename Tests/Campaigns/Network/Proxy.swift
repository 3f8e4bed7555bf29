import Foundation
import Synchronization
import TestKit

/// Stands between the gateway and Telnyx, byte by byte, and makes trouble when it is armed.
///
/// Each connection has two threads, one a way. A descriptor is closed by the last of them.
final class Proxy: Sendable {
  private let listener: LoopbackListener
  private let target: UInt16
  private let state = Mutex(State())

  private struct State {
    var armed: (trouble: Trouble, passed: Int)?
    var met: [Trouble] = []
    var passed: [Trouble.Way: Int] = [:]
  }

  /// What becomes of one way after some bytes.
  private enum Course {
    case goesOn, isDeaf, ends
  }

  /// - Parameter target: the port on loopback.
  init(target: UInt16) throws {
    self.target = target
    listener = try LoopbackListener()
    listener.serve { [weak self] in self?.serve($0) }
  }

  var url: String { "http://127.0.0.1:\(listener.port)/v2" }

  /// The next bytes, on whatever connection, count.
  func arm(_ trouble: Trouble) { state.withLock { $0.armed = (trouble, 0) } }

  /// What has happened so far: not every trouble meets with enough bytes.
  var met: [Trouble] { state.withLock { $0.met } }

  /// How many bytes have gone so far.
  func passed(_ way: Trouble.Way) -> Int { state.withLock { $0.passed[way] ?? 0 } }

  private func serve(_ near: Int32) {
    guard let far = LoopbackListener.connect(to: target) else {
      close(near)
      return
    }
    let pair = ProxiedPair(near: near, far: far)
    for way in Trouble.Way.allCases {
      Thread { [weak self] in
        let (from, to) = way == .request ? (pair.near, pair.far) : (pair.far, pair.near)
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        var course = Course.goesOn
        while case let count = recv(from, &buffer, buffer.count, 0), count > 0 {
          if course == .goesOn { course = self?.forward(buffer[..<count], to, way, pair) ?? .ends }
          if course == .ends { return }
        }
        pair.finish(to)
      }.start()
    }
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
