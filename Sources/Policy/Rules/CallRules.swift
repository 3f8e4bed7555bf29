package import Conference

/// Which of Telnyx's conference calls a team may make, and about whose conferences: the configuration's `calls`.
package struct CallRules: Sendable, Equatable {
  /// About whose conferences, from the narrowest to the widest.
  package enum Scope: String, Sendable, CaseIterable, Comparable {
    /// Those that the team's own creates made.
    case own
    /// Those that any team's creates made, through the ledger that this gateway has.
    case organization
    /// Whatever the token can reach.
    case any

    package static func < (left: Scope, right: Scope) -> Bool {
      let all = allCases
      return (all.firstIndex(of: left) ?? 0) < (all.firstIndex(of: right) ?? 0)
    }
  }

  /// The create is always among them.
  package let allowed: CallSet
  package let scope: Scope
  /// Whose word it is that nothing else is allowed.
  package let owner: Fault.Owner

  /// Nothing but the create.
  package static let createAlone = CallRules(allowed: .create, scope: .own)

  package init(allowed: CallSet, scope: Scope, owner: Fault.Owner = .organization) {
    var allowed = allowed
    allowed.insert(.create)
    self.allowed = allowed
    self.scope = scope
    self.owner = owner
  }

  package var isCreateAlone: Bool { allowed == Self.createAlone.allowed }

  /// Whose word it is, where a call is refused.
  package static let allowRule = "calls.allow"
}
