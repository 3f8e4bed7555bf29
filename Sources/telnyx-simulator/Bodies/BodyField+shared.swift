/// Fields that mean the same in more than one call.
extension BodyField {
  static let callControlID = BodyField("call_control_id", .text, isRequired: true)
  /// Whom an action is about. With none, or without the field, it is about everybody.
  static let callControlIDs = BodyField("call_control_ids", .texts)
  static let commandID = BodyField("command_id", .text)
  static let clientState = BodyField("client_state", .base64)
  static let beepEnabled = BodyField("beep_enabled", .oneOf(["always", "never", "on_enter", "on_exit"]))
  static let region = BodyField("region", .oneOf(["Australia", "Europe", "Middle East", "US"]))
  static let audioURL = BodyField("audio_url", .text)
  static let mediaName = BodyField("media_name", .text)
  static let recordingID = BodyField("recording_id", .text)
  static let whisperIDs = BodyField("whisper_call_control_ids", .texts)

  static func supervisorRole(isRequired: Bool = false) -> BodyField {
    BodyField(
      "supervisor_role", .oneOf(Participant.SupervisorRole.allCases.map(\.rawValue)), isRequired: isRequired)
  }

  /// In what the voices of `speak` can be told to speak.
  static let language = BodyField(
    "language",
    .oneOf([
      "arb", "cmn-CN", "cy-GB", "da-DK", "de-DE", "en-AU", "en-GB", "en-GB-WLS", "en-IN", "en-US", "es-ES", "es-MX",
      "es-US", "fr-CA", "fr-FR", "hi-IN", "is-IS", "it-IT", "ja-JP", "ko-KR", "nb-NO", "nl-NL", "pl-PL", "pt-BR",
      "pt-PT", "ro-RO", "ru-RU", "sv-SE", "tr-TR",
    ]))
}
