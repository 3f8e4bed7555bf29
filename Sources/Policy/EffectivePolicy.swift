package import Conference

/// The rules that hold for one team: the organization's, tightened by the team's.
package struct EffectivePolicy: Sendable {
  package init() {}

  package func decide(_ command: ConferenceCommand) throws(Refusal) -> Decision {
    Decision(command: command, changes: [])
  }
}
