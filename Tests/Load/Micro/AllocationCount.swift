import CAllocations
import Glibc

/// What an operation asks malloc for, on average over so many that what is done for 128 at a time comes out even.
struct AllocationCount: Equatable {
  /// To two decimals, as they are printed and allowed.
  let allocations: Double
  let bytes: Double
  /// Allocations that were not freed again.
  let kept: Double

  private static let operations = 1024

  /// - Parameter operation: has been done often enough that nothing is made for the first time.
  init(_ operation: Operation) throws {
    // Seldom somebody else's work comes in between, such as a new seed for libcrypto's generator. It only ever adds.
    let counts = try (0..<3).map { _ in try Self.count { try operation.repeated(Self.operations) } }
    let least = counts.min { ($0.allocations, $0.bytes) < ($1.allocations, $1.bytes) } ?? convene_allocations()
    allocations = Self.average(Int64(least.allocations))
    bytes = Self.average(Int64(least.bytes))
    kept = Self.average(Int64(least.allocations) - Int64(least.frees))
  }

  /// Whether Swift's allocations and those of a shared library are counted in this build. If not, all would seem well.
  static var isComplete: Bool {
    let count = count {
      let bytes = UnsafeMutableRawPointer.allocate(byteCount: 100, alignment: 16)
      Operation.keep(bytes)
      bytes.deallocate()
      let text = strdup("libc asks malloc as well")
      Operation.keep(text)
      free(text)
    }
    return count.allocations == 2 && count.frees == 2
  }

  private static func count(_ work: () throws -> Void) rethrows -> convene_allocations {
    convene_allocations_start()
    do {
      try work()
    } catch {
      _ = convene_allocations_stop()
      throw error
    }
    return convene_allocations_stop()
  }

  private static func average(_ total: Int64) -> Double {
    (Double(total) * 100 / Double(operations)).rounded() / 100
  }
}
