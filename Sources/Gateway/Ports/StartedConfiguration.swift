/// Under what a process serves from now on, for the record.
package struct StartedConfiguration: Sendable {
  package let effective: EffectiveConfiguration
  package let files: [GatewayConfiguration.File]
  /// Of this program.
  package let version: String
  /// Some team may make other calls than creates: whose the conferences are has to be remembered.
  package let allowsOtherCalls: Bool

  package init(
    effective: EffectiveConfiguration, files: [GatewayConfiguration.File], version: String,
    allowsOtherCalls: Bool = false
  ) {
    self.allowsOtherCalls = allowsOtherCalls
    self.effective = effective
    self.files = files
    self.version = version
  }
}
