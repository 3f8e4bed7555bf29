import Oracle
import TestKit

/// Where the connections of gateways to the database break, and how.
struct PartitionCase: Sendable, CustomStringConvertible {
  static let gateways = 3
  private static let kinds: [Trouble.Kind] = [.close, .reset, .hole, .halfClose, .reset, .hang, .close, .delay]

  let variant: Variant
  let seed: UInt64
  /// How long nothing passes after a hole.
  let milliseconds: Int
  /// By which all that passes is late, either way.
  let delay: Int
  /// What befalls all connections of all gateways at once, after so many answers.
  let everyone: Everyone?
  /// By gateway, one each.
  let troubles: [(gateway: Int, trouble: Trouble)]

  struct Everyone: Sendable, CustomStringConvertible {
    enum Kind: String, CaseIterable, Sendable {
      /// All end with a reset.
      case reset
      /// For a time nothing passes, either way or one way.
      case hole, requests, replies
      /// All end, and for a time new ones get no further either.
      case outage
    }

    let kind: Kind
    let answers: Int

    var description: String { "\(kind.rawValue)/\(answers)" }

    init(_ kind: Kind, _ answers: Int) { (self.kind, self.answers) = (kind, answers) }

    init(parsing text: Substring) throws {
      let parts = text.split(separator: "/")
      guard parts.count == 2, let kind = Kind(rawValue: String(parts[0])), let answers = Int(parts[1]) else {
        throw Failure("nothing that befalls everyone: \(text)")
      }
      self.init(kind, answers)
    }

    var ways: Set<Trouble.Way> {
      switch kind {
      case .reset, .hole, .outage: Set(Trouble.Way.allCases)
      case .requests: [.request]
      case .replies: [.reply]
      }
    }
  }

  /// As `--only` takes it.
  var description: String {
    "\(variant.rawValue):\(seed):\(milliseconds):\(delay):\(everyone?.description ?? "nobody"):"
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
    // One of four meets everyone at once, one of five is slow all the time.
    let kinds = Everyone.Kind.allCases
    everyone =
      number % 4 == 1 ? Everyone(kinds[number / 4 % kinds.count], Int(random.next() % 14)) : nil
    delay = number % 5 == 2 ? [5, 20, 60][number / 5 % 3] : 0
    troubles = everyone != nil && number % 8 == 1 ? [] : number % 4 == 3 ? [first] : [first, second]
  }

  private static func trouble(
    _ kind: Trouble.Kind, _ way: Trouble.Way, _ lengths: [Trouble.Way: Int], _ place: Int, _ count: Int
  ) -> Trouble {
    Trouble(kind, way, place * max(1, lengths[way] ?? 1) / count)
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    guard parts.count == 6, let variant = Variant(rawValue: String(parts[0])), let seed = UInt64(parts[1]),
      let milliseconds = Int(parts[2]), let delay = Int(parts[3])
    else { throw Failure("no partition: \(text)") }
    (self.variant, self.seed, self.milliseconds, self.delay) = (variant, seed, milliseconds, delay)
    everyone = parts[4] == "nobody" ? nil : try Everyone(parsing: parts[4])
    troubles = try parts[5].split(separator: ",").map { word in
      let words = word.split(separator: "=").map { String($0) }
      guard words.count == 2, let gateway = Int(words[0]) else { throw Failure("no partition: \(text)") }
      return (gateway, try Trouble(parsing: words[1]))
    }
  }

  var plan: FleetPlan { FleetPlan(variant, gateways: Self.gateways, seed: seed, faults: 1) }
}
