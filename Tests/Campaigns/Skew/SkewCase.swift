import Oracle
import TestKit

/// By how many seconds clocks are wrong.
struct SkewCase: Sendable, CustomStringConvertible {
  let variant: Variant
  /// Of the gateways' machines.
  let hosts: [Int]
  /// Of a standby's that is promoted; nil = there is none.
  let standby: Int?
  /// After how many answers something happens; where it is odd, a gateway is killed then.
  let number: Int
  let seed: UInt64

  init(_ number: Int, seed: UInt64) {
    variant = Variant.allCases[number % 3]
    hosts = [[3600, -3600, 0], [0, 3600, 3600], [-3600, -3600, 0], [-3600, 0, 3600]][number % 4]
    standby = [nil, 60, -60][number / 2 % 3]
    self.seed = seed &+ UInt64(number)
    var random = SeededRandom(self.seed)
    self.number = Int(random.next() % 14)
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 5, let variant = Variant(rawValue: parts[0]), let number = Int(parts[3]),
      let seed = UInt64(parts[4])
    else { throw Failure("no skew: \(text)") }
    (self.variant, self.number, self.seed) = (variant, number, seed)
    hosts = parts[1].split(separator: ",").compactMap { Int($0) }
    standby = Int(parts[2])
  }

  /// As `--only` takes it.
  var description: String {
    "\(variant.rawValue)/\(hosts.map { "\($0)" }.joined(separator: ","))/\(standby.map { "\($0)" } ?? "none")/\(number)/\(seed)"
  }

  var plan: FleetPlan {
    var plan = FleetPlan(variant, gateways: hosts.count, own: 4, seed: seed, faults: 1)
    if let standby { plan.setBack = .seconds(max(0, -standby)) }
    return plan
  }
}
