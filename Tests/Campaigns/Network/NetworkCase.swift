import Oracle
import TestKit

/// A few commands in a row on one gateway, each with a trouble of its own.
struct NetworkCase: Sendable, CustomStringConvertible {
  static let size = 8

  let variant: Variant
  let troubles: [Trouble]

  /// As `--only` takes it.
  var description: String { "\(variant.rawValue):" + troubles.map(\.description).joined(separator: ",") }

  /// Cuts go through all bytes; what makes the gateway wait is rarer.
  ///
  /// - Parameter lengths: of a request and a reply.
  init(_ number: Int, of count: Int, seed: UInt64, lengths: [Trouble.Way: Int]) {
    variant = Variant.allCases[number % 3]
    troubles = (0..<Self.size).map { place in
      let index = number * Self.size + place
      let kind =
        place < 6
        ? Trouble.cuts[(number / 3 + place) % 3] : [Trouble.Kind.hang, .stall, .trickle, .delay][(number + place) % 4]
      let way = place % 2 == 0 ? Trouble.Way.request : .reply
      let length = max(1, lengths[way] ?? 1)
      // Executed, and not a byte of reply on a connection that was used before: here HTTP clients like to send again by
      // themselves.
      if place == 1 { return Trouble(kind, way, 0) }
      return Trouble(kind, way, (index * length / (count * Self.size) + Int(seed) - 1) % length)
    }
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: ":").map { String($0) }
    guard parts.count == 2, let variant = Variant(rawValue: parts[0]) else { throw Failure("no network case: \(text)") }
    self.variant = variant
    troubles = try parts[1].split(separator: ",").map { try Trouble(parsing: String($0)) }
  }

  var scenario: Scenario {
    let ids = troubles.indices.map { "n-\($0)" }
    return Scenario(steps: zip(ids, troubles).map { .create($0, fault: $1.description) }, ids: ids)
  }
}
