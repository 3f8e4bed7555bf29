/// Under what a process serves from now on, for the record.
package struct StartedConfiguration: Sendable {
  package let effective: EffectiveConfiguration
  package let files: [GatewayConfiguration.File]
  /// Of this program.
  package let version: String

  package init(effective: EffectiveConfiguration, files: [GatewayConfiguration.File], version: String) {
    self.effective = effective
    self.files = files
    self.version = version
  }
}
