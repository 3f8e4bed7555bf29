/// Fields that mean the same in more than one call.
extension BodyField {
  static let callControlID = BodyField("call_control_id", .text, isRequired: true)
  static let commandID = BodyField("command_id", .text)
  static let clientState = BodyField("client_state", .base64)
  static let beepEnabled = BodyField("beep_enabled", .oneOf(["always", "never", "on_enter", "on_exit"]))
  static let region = BodyField("region", .oneOf(["Australia", "Europe", "Middle East", "US"]))
}
