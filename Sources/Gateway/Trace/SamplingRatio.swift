/// Which of the traces that begin here are sampled: as large a part of them as a ratio says, by their names alone. Whoever judges
/// by the same bits agrees (W3C Trace Context, level 2: the lowest seven bytes of a name are random).
package struct SamplingRatio: Sendable, Equatable {
  private static let bits: UInt64 = 56

  private let threshold: UInt64

  package static let none = SamplingRatio(0)

  /// - Parameter ratio: 0 to 1.
  package init(_ ratio: Double) { threshold = UInt64(ratio * Double(UInt64(1) << Self.bits)) }

  func takes(_ number: UInt64) -> Bool { number & (1 << Self.bits - 1) < threshold }
}
