package import Conference

/// A rate limit: on average `allow` requests every `every`, in bursts of at most `burst` (GCRA).
package struct LimitRule: Sendable, Equatable, Hashable {
  package enum Scope: String, Sendable, CaseIterable {
    case organization, team, caller
  }

  package let name: String
  /// Whose requests are counted together.
  package let per: Scope
  /// Whose file it stands in.
  package let owner: Fault.Owner
  package let allow: Int
  package let every: Duration
  package let burst: Int
  /// What it counts (`for`).
  package let calls: CallSet

  /// As a refusal names it: `limits.burst`.
  package var refusalName: String { "limits.\(name)" }

  package init(
    name: String, per: Scope, owner: Fault.Owner = .team, allow: Int, every: Duration, burst: Int,
    calls: CallSet = .create
  ) {
    self.name = name
    self.per = per
    self.owner = owner
    self.allow = allow
    self.every = every
    self.burst = burst
    self.calls = calls
  }
}
