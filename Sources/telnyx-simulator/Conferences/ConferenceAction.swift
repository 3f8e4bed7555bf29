/// `POST /conferences/{id}/actions/...`: every action under the name that it has in the path.
enum ConferenceAction: String, CaseIterable, Sendable {
  case join, leave
  case hold, unhold
  case mute, unmute
  case play, stop, speak
  case gatherUsingAudio = "gather_using_audio"
  case sendDTMF = "send_dtmf"
  case recordStart = "record_start"
  case recordStop = "record_stop"
  case recordPause = "record_pause"
  case recordResume = "record_resume"
  case update, end

  /// Whether the path may have the conference's name in the place of its id.
  var takesName: Bool {
    switch self {
    case .end, .gatherUsingAudio, .sendDTMF: false
    default: true
    }
  }

  /// Only of this one Telnyx says that its body may be left out.
  var needsNoBody: Bool { self == .end }

  /// The fields of its body. Only an action with a `command_id` among them ignores a repeated one.
  var schema: BodySchema {
    switch self {
    case .join:
      BodySchema(
        [
          .callControlID, .beepEnabled, .clientState, .commandID, BodyField("end_conference_on_exit", .boolean),
          BodyField("hold", .boolean), BodyField("hold_audio_url", .text), BodyField("hold_media_name", .text),
          BodyField("mute", .boolean), .region, BodyField("soft_end_conference_on_exit", .boolean),
          BodyField("start_conference_on_enter", .boolean), .supervisorRole(), .whisperIDs,
        ], exclusive: ("hold_audio_url", "hold_media_name"))
    case .leave: BodySchema([.callControlID, .beepEnabled, .commandID, .region])
    case .hold:
      BodySchema([.audioURL, .callControlIDs, .mediaName, .region], exclusive: ("audio_url", "media_name"))
    // The only one of its kind whose body must have the list; an empty one is everybody here, too.
    case .unhold: BodySchema([BodyField("call_control_ids", .texts, isRequired: true), .region])
    case .mute, .unmute, .stop: BodySchema([.callControlIDs, .region])
    case .play:
      BodySchema(
        [.audioURL, .callControlIDs, BodyField("loop", .loop), .mediaName, .region],
        exclusive: ("audio_url", "media_name"))
    case .speak:
      BodySchema([
        BodyField("payload", .textUpTo(3000), isRequired: true), BodyField("voice", .text, isRequired: true),
        .callControlIDs, .commandID, .language, BodyField("payload_type", .oneOf(["text", "ssml"])), .region,
        BodyField("voice_settings", .object),
      ])
    case .gatherUsingAudio:
      BodySchema(
        [
          .callControlID, .audioURL, .clientState, BodyField("gather_id", .textUpTo(100)),
          BodyField("invalid_audio_url", .text), BodyField("invalid_media_name", .text), .mediaName,
          BodyField("stop_playback_on_dtmf", .boolean), BodyField("terminating_digit", .text),
          BodyField("valid_digits", .text),
        ] + Self.gatherNumbers.map { BodyField($0, .integer(0...Int64.max)) })
    case .sendDTMF:
      BodySchema([
        BodyField("digits", .dtmf, isRequired: true), .callControlIDs, .clientState,
        BodyField("duration_millis", .integer(0...Int64.max)),
      ])
    case .recordStart:
      BodySchema([
        BodyField("format", .oneOf(["wav", "mp3"]), isRequired: true), .commandID, BodyField("custom_file_name", .text),
        BodyField("play_beep", .boolean), .region, BodyField("trim", .oneOf(["trim-silence"])),
      ])
    case .recordStop: BodySchema([.clientState, .commandID, .recordingID, .region])
    case .recordPause, .recordResume: BodySchema([.commandID, .recordingID, .region])
    case .update: BodySchema([.callControlID, .supervisorRole(isRequired: true), .commandID, .region, .whisperIDs])
    case .end: BodySchema([.commandID])
    }
  }

  /// No ranges of these are documented.
  private static let gatherNumbers = [
    "initial_timeout_millis", "inter_digit_timeout_millis", "maximum_digits", "maximum_tries", "minimum_digits",
    "timeout_millis",
  ]
}
