package import Conference

/// Two rules that can't hold together, or one that makes no sense.
package struct PolicyConflict: Error, Sendable, Equatable {
  /// One word of one rule in one file, for whoever knows the lines.
  package struct Place: Sendable, Hashable {
    package let origin: PolicyLayer.Origin
    /// nil for `unknown_fields`.
    package let field: Field?
    package let kind: RuleKind

    package init(origin: PolicyLayer.Origin, field: Field?, kind: RuleKind) {
      self.origin = origin
      self.field = field
      self.kind = kind
    }
  }

  /// What must be changed.
  package let place: Place
  /// What it contradicts; nil where it contradicts itself.
  package let other: Place?
  /// For people. Names no line.
  package let message: String
}

/// Everything that stands against merging an organization's and a team's rules; never empty.
package struct PolicyConflicts: Error, Sendable, Equatable {
  package let conflicts: [PolicyConflict]
}
