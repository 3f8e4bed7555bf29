/// A rate limit: on average `allow` requests every `every`, in bursts of at most `burst` (GCRA).
package struct LimitRule: Sendable, Equatable, Hashable {
  package enum Scope: String, Sendable, CaseIterable {
    case organization, team, caller
  }

  package let name: String
  /// Whose requests are counted together.
  package let per: Scope
  package let allow: Int
  package let every: Duration
  package let burst: Int

  package init(name: String, per: Scope, allow: Int, every: Duration, burst: Int) {
    self.name = name
    self.per = per
    self.allow = allow
    self.every = every
    self.burst = burst
  }
}
