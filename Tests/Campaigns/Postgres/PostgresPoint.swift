import Oracle
import TestKit

/// What befalls the database, and when.
struct PostgresPoint: Sendable, CustomStringConvertible {
  enum Kind: String, CaseIterable, Sendable {
    /// One backend, or all, by SIGKILL.
    case backend
    /// All processes, by SIGKILL.
    case crash
    /// All of them at once, as the postmaster does it.
    case quit
    /// In good order, without waiting for clients.
    case fast
    /// The gateways' connections, in good order.
    case terminate
  }

  let variant: Variant
  let kind: Kind
  /// Nil: at a time.
  let call: String?
  /// Of the call, or milliseconds.
  let number: Int
  /// Milliseconds until the server is started again.
  let pause: Int
  let seed: UInt64

  /// As `--only` takes it.
  var description: String { "\(variant.rawValue)/\(kind.rawValue)/\(call ?? "ms")/\(number)/\(pause)/\(seed)" }

  init(_ variant: Variant, _ kind: Kind, _ call: String?, _ number: Int, pause: Int, seed: UInt64) {
    (self.variant, self.kind, self.call, self.number) = (variant, kind, call, number)
    (self.pause, self.seed) = (pause, seed)
  }

  init?(_ text: String) {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 6, let variant = Variant(rawValue: parts[0]), let kind = Kind(rawValue: parts[1]),
      let number = Int(parts[3]), let pause = Int(parts[4]), let seed = UInt64(parts[5])
    else { return nil }
    self.init(variant, kind, parts[2] == "ms" ? nil : parts[2], number, pause: pause, seed: seed)
  }

  static func plan(_ variant: Variant, seed: UInt64) -> FleetPlan {
    FleetPlan(variant, gateways: 3, seed: seed, faults: 1)
  }

  var plan: FleetPlan { Self.plan(variant, seed: seed) }
}
