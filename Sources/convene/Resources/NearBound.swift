/// Something of which there is only so much: whether that is scarce, told when it changes. It has to become plenty again before
/// it counts as such, so that what goes up and down at a bound is told of once.
struct NearBound {
  enum Scarcity: Int, Comparable {
    /// From 80 % of the bound on.
    case near
    /// From 95 % on.
    case nearlyUsedUp

    static func < (left: Scarcity, right: Scarcity) -> Bool { left.rawValue < right.rawValue }
  }

  enum News: Equatable {
    case scarce(Scarcity)
    case plenty
  }

  private var told: Scarcity?

  /// - Parameters:
  ///   - scarcity: as it is now; nil = none.
  ///   - isPlenty: it is far from the bound: below 70 % of it.
  mutating func note(_ scarcity: Scarcity?, isPlenty: Bool) -> News? {
    if let scarcity, told.map({ scarcity > $0 }) ?? true {
      told = scarcity
      return .scarce(scarcity)
    }
    guard told != nil, isPlenty else { return nil }
    told = nil
    return .plenty
  }

  mutating func note(used: Int, of bound: Int) -> News? {
    let percent = bound > 0 ? Double(used) / Double(bound) * 100 : 0
    return note(percent >= 95 ? .nearlyUsedUp : percent >= 80 ? .near : nil, isPlenty: percent < 70)
  }
}
