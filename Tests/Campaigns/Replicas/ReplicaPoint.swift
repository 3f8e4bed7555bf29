import Oracle
import TestKit

/// Where gateways of a fleet are killed.
struct ReplicaPoint: Sendable, CustomStringConvertible {
  let variant: Variant
  let gateways: Int
  let call: String
  let number: Int
  /// How many of them: the second one some calls later.
  let victims: Int
  let restarts: Bool
  let seed: UInt64

  /// As `--only` takes it.
  var description: String {
    "\(variant.rawValue)/\(gateways)/\(call)/\(number)/\(victims)/\(restarts ? "again" : "gone")/\(seed)"
  }

  init(variant: Variant, gateways: Int, call: String, number: Int, victims: Int, restarts: Bool, seed: UInt64) {
    (self.variant, self.gateways, self.call, self.number) = (variant, gateways, call, number)
    (self.victims, self.restarts, self.seed) = (victims, restarts, seed)
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 7, let variant = Variant(rawValue: parts[0]), let gateways = Int(parts[1]),
      let number = Int(parts[3]), let victims = Int(parts[4]), let seed = UInt64(parts[6])
    else { return nil }
    self.init(
      variant: variant, gateways: gateways, call: parts[2], number: number, victims: victims,
      restarts: parts[5] == "again", seed: seed)
  }

  var plan: FleetPlan { FleetPlan(variant, gateways: gateways, restarts: restarts, seed: seed) }

  /// Where its name goes on, the one that goes on from there is killed as well, every fourth time.
  var wrappers: [Int: [[String]]] {
    var wrappers = [0: [Strace.kill(at: number, of: call)]]
    if restarts, seed % 4 == 3 { wrappers[0]?.append(Strace.kill(at: 1 + number / 2, of: call)) }
    if victims > 1 { wrappers[1] = [Strace.kill(at: number + 3, of: call)] }
    return wrappers
  }
}
