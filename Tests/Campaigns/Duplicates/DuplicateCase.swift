import Oracle
import TestKit

/// Many callers at once.
struct DuplicateCase: Sendable, CustomStringConvertible {
  static let callers = 32
  static let ids = 50

  let variant: Variant
  let workers: Int
  /// Milliseconds that Telnyx takes: how long duplicates have to wait.
  let delay: Int
  let seed: UInt64

  init(_ number: Int, seed: UInt64) {
    variant = Variant.allCases[number % 3]
    workers = number % 2 == 0 ? 1 : 4
    delay = [0, 20, 5][number / 2 % 3]
    self.seed = seed &+ UInt64(number)
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 4, let variant = Variant(rawValue: parts[0]), let workers = Int(parts[1]),
      let delay = Int(parts[2]), let seed = UInt64(parts[3])
    else { throw Failure("no case of duplicates: \(text)") }
    self.variant = variant
    self.workers = workers
    self.delay = delay
    self.seed = seed
  }

  /// As `--only` takes it.
  var description: String { "\(variant.rawValue)/\(workers)/\(delay)/\(seed)" }

  /// Whether a caller sends another body than most do.
  func isOther(_ id: Int, from caller: Int) -> Bool {
    var random = SeededRandom(seed &* 1_000_003 &+ UInt64(id * Self.callers + caller))
    return random.next() % 6 == 0
  }

  /// One more than there are faults, so that each command comes through in the end whatever it meets with.
  var attempts: Int { variant == .once ? 1 : 10 }

  /// What the creates meet that reach Telnyx: where the gateway may send again by itself, nine of them are lost.
  var faults: [String] {
    (0..<45).map { index in
      let fault = index % 5 != 4 || variant == .once ? "" : index % 2 == 0 ? ",close-after" : ",reset-before"
      return "delay=\(delay)\(fault)"
    }
  }

  /// Creates that are executed with nobody told.
  var lost: Int { faults.count { $0.hasSuffix("close-after") } }
}
