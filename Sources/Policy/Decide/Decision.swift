package import Conference

/// What policy made of a command that it allows.
package struct Decision: Sendable, Equatable {
  /// Something that policy did to a field, or noticed about it.
  package struct Change: Sendable, Equatable {
    /// Raw values are the parameters of the `Convene-Policy` reply field.
    package enum Kind: String, Sendable {
      /// The caller gave nothing; the rule's default was set.
      case `default`
      /// The caller's number was moved to the nearest one that is allowed.
      case clamped
      /// The rule's own value stands, whatever the caller gave.
      case forced
      /// Nothing was changed, but Telnyx will ignore the field as the command stands.
      case noEffect = "no_effect"
    }

    package let field: Field
    package let kind: Kind
    /// The caller's value; nil where there was none.
    package let asked: FieldValue?
    package let effective: FieldValue?

    package init(field: Field, kind: Kind, asked: FieldValue?, effective: FieldValue?) {
      self.field = field
      self.kind = kind
      self.asked = asked
      self.effective = effective
    }
  }

  /// The command to send.
  package let command: ConferenceCommand
  /// In the order of the field table.
  package let changes: [Change]

  package init(command: ConferenceCommand, changes: [Change]) {
    self.command = command
    self.changes = changes
  }
}
