internal import Crypto

/// Numbers for the names of traces and spans: xoshiro256++ (David Blackman and Sebastiano Vigna), begun with the system's
/// randomness. Names, not secrets: to ask the system for each would cost more than all else about them. Belongs to one worker.
final class TraceNumbers {
  private var state: (UInt64, UInt64, UInt64, UInt64)

  init() {
    let seed = Randomness.bytes(32)
    func word(_ index: Int) -> UInt64 { seed[(index * 8)..<(index * 8 + 8)].reduce(0) { $0 << 8 | UInt64($1) } }
    // All zero it would stay so.
    state = (word(0), word(1), word(2), word(3) | 1)
  }

  func next() -> UInt64 {
    func rotated(_ number: UInt64, by count: UInt64) -> UInt64 { number << count | number >> (64 - count) }
    let result = rotated(state.0 &+ state.3, by: 23) &+ state.0
    let shifted = state.1 << 17
    state.2 ^= state.0
    state.3 ^= state.1
    state.1 ^= state.2
    state.0 ^= state.3
    state.2 ^= shifted
    state.3 = rotated(state.3, by: 45)
    return result
  }

  func traceID() -> TraceID {
    let high = next()
    return TraceID(high: high, low: high == 0 ? nonZero() : next())
  }

  func spanID() -> SpanID { SpanID(number: nonZero()) }

  private func nonZero() -> UInt64 {
    while true {
      let number = next()
      if number != 0 { return number }
    }
  }
}
