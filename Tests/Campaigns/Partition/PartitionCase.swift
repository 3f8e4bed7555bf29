import TestKit

/// Where the connections of gateways to the database break, and how.
struct PartitionCase: Sendable, CustomStringConvertible {
  static let gateways = 3
  private static let kinds: [Trouble.Kind] = [.close, .reset, .hole, .halfClose, .reset, .hang, .close, .delay]

  let variant: Variant
  let seed: UInt64
  /// How long nothing passes after a hole.
  let milliseconds: Int
  /// By gateway, one each.
  let troubles: [(gateway: Int, trouble: Trouble)]

  /// As `--only` takes it.
  var description: String {
    "\(variant.rawValue):\(seed):\(milliseconds):"
      + troubles.map { "\($0.gateway)=\($0.trouble)" }.joined(separator: ",")
  }

  /// - Parameter lengths: of what goes either way in a case.
  init(_ number: Int, of count: Int, seed: UInt64, lengths: [Trouble.Way: Int]) {
    variant = Variant.allCases[number % 3]
    self.seed = seed &+ UInt64(number)
    var random = SeededRandom(self.seed)
    // Most are over before a lease is, some just after it.
    milliseconds = [300, 1200, 3000, 12_500][Int(random.next() % 8) % 4 == 3 ? 3 : Int(random.next() % 3)]
    let first = (
      gateway: 0,
      trouble: Self.trouble(
        Self.kinds[number % Self.kinds.count], number % 2 == 0 ? .request : .reply, lengths, number, count)
    )
    let second = (
      gateway: 1,
      trouble: Self.trouble(
        Self.kinds[(number * 3 + 1) % Self.kinds.count], number % 3 == 0 ? .request : .reply, lengths,
        Int(random.next() % UInt64(count)), count)
    )
    troubles = number % 4 == 3 ? [first] : [first, second]
  }

  private static func trouble(
    _ kind: Trouble.Kind, _ way: Trouble.Way, _ lengths: [Trouble.Way: Int], _ place: Int, _ count: Int
  ) -> Trouble {
    Trouble(kind, way, place * max(1, lengths[way] ?? 1) / count)
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: ":").map { String($0) }
    guard parts.count == 4, let variant = Variant(rawValue: parts[0]), let seed = UInt64(parts[1]),
      let milliseconds = Int(parts[2])
    else { throw Failure("no partition: \(text)") }
    (self.variant, self.seed, self.milliseconds) = (variant, seed, milliseconds)
    troubles = try parts[3].split(separator: ",").map { word in
      let words = word.split(separator: "=").map { String($0) }
      guard words.count == 2, let gateway = Int(words[0]) else { throw Failure("no partition: \(text)") }
      return (gateway, try Trouble(parsing: words[1]))
    }
  }

  var plan: FleetPlan { FleetPlan(variant, gateways: Self.gateways, seed: seed, faults: 1) }
}
