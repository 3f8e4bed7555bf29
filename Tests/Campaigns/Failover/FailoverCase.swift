import Oracle
import TestKit

/// How a primary goes, and when.
struct FailoverCase: Sendable, CustomStringConvertible {
  enum Kind: String, Sendable {
    /// It ends at once.
    case crashed
    /// It hangs, and goes on when the standby has been promoted.
    case frozen
    /// It ends at once, and its standby, which nobody waits for, is behind.
    case asynchronous
  }

  let variant: Variant
  let kind: Kind
  /// After how many answers.
  let number: Int
  /// Milliseconds until the standby is promoted.
  let pause: Int
  let seed: UInt64

  init(_ number: Int, seed: UInt64) {
    variant = Variant.allCases[number / 3 % 3]
    kind = [.crashed, .frozen, .asynchronous][number % 3]
    self.seed = seed &+ UInt64(number)
    var random = SeededRandom(self.seed)
    self.number = Int(random.next() % 14)
    pause = [0, 400, 3000, 11_000][Int(random.next() % 4)]
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 5, let variant = Variant(rawValue: parts[0]), let kind = Kind(rawValue: parts[1]),
      let number = Int(parts[2]), let pause = Int(parts[3]), let seed = UInt64(parts[4])
    else { throw Failure("no failover: \(text)") }
    (self.variant, self.kind, self.number, self.pause, self.seed) = (variant, kind, number, pause, seed)
  }

  /// As `--only` takes it.
  var description: String { "\(variant.rawValue)/\(kind.rawValue)/\(number)/\(pause)/\(seed)" }

  var plan: FleetPlan { FleetPlan(variant, gateways: 3, own: 4, seed: seed, faults: 1) }
}
