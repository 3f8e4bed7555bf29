/// What is known of a call: what routing, configuration, policy, the record, metrics and the documentation are driven by.
///
/// A class, so that to look something up in the table is to follow a pointer and not to copy a row.
package final class CallSpecification: Sendable {
  package enum Method: String, Sendable {
    case get = "GET"
    case post = "POST"
    case patch = "PATCH"
  }

  /// What stands between the slashes of a path.
  package enum Segment: Sendable, Equatable {
    case literal(String)
    case conferenceID, participantID
  }

  package let method: Method
  /// Behind `/v2`.
  package let path: [Segment]
  /// nil = the create alone.
  package let group: ConferenceCall.Group?
  /// Of its body.
  package let fields: [CallField]

  /// - Parameter path: such as `/conferences/{id}/participants/{participant_id}`.
  private init(
    _ method: Method, _ path: String, _ group: ConferenceCall.Group?, _ fields: [CallField] = []
  ) {
    self.method = method
    self.path = path.split(separator: "/").map { segment in
      switch segment {
      case "{id}": .conferenceID
      case "{participant_id}": .participantID
      default: .literal(String(segment))
      }
    }
    self.group = group
    self.fields = fields
  }

  private static func action(
    _ call: ConferenceCall, _ group: ConferenceCall.Group, _ fields: [CallField]
  ) -> CallSpecification {
    CallSpecification(.post, "/conferences/{id}/actions/\(call.name)", group, fields)
  }

  /// A row a call, as Telnyx documents it (its OpenAPI file, and the SDKs that are made of it). A call that Telnyx adds is one row
  /// more, and so is a field.
  package static let table: [CallSpecification] = ConferenceCall.allCases.map { call in
    switch call {
    case .create:
      // Its fields have a table of their own: `Field.table`.
      CallSpecification(.post, "/conferences", nil)
    case .list: CallSpecification(.get, "/conferences", .read)
    case .retrieve: CallSpecification(.get, "/conferences/{id}", .read)
    case .listParticipants: CallSpecification(.get, "/conferences/{id}/participants", .read)
    case .retrieveParticipant: CallSpecification(.get, "/conferences/{id}/participants/{participant_id}", .read)
    case .updateParticipant:
      CallSpecification(
        .patch, "/conferences/{id}/participants/{participant_id}", .participants,
        [
          .beepEnabled, CallField("end_conference_on_exit"), CallField("soft_end_conference_on_exit"),
        ])
    case .join:
      action(
        call, .participants,
        [
          .callControlID, CallField("beep_enabled", .asInCreate(.beepEnabled)),
          CallField("client_state", .asInCreate(.clientState)), .commandID, CallField("end_conference_on_exit"),
          CallField("hold"), CallField("hold_audio_url", .withinRules(.holdAudioURL)),
          CallField("hold_media_name", .withinRules(.holdMediaName)), CallField("mute"),
          CallField("region", .asInCreate(.region)), CallField("soft_end_conference_on_exit"),
          CallField("start_conference_on_enter"), .supervisorRole, .whisperCallControlIDs,
        ])
    case .leave: action(call, .participants, [.callControlID, .beepEnabled, .commandID, .region])
    case .hold: action(call, .participants, [.audioURL, .mediaName, .callControlIDs, .region])
    case .unhold, .mute, .unmute, .stop: action(call, .participants, [.callControlIDs, .region])
    case .play: action(call, .participants, [.audioURL, .mediaName, .callControlIDs, CallField("loop"), .region])
    case .speak:
      action(
        call, .participants,
        [
          .callControlIDs, .commandID, CallField("language"), .payload, CallField("payload_type"), .region,
          CallField("voice"), CallField("voice_settings"),
        ])
    case .gatherUsingAudio:
      action(
        call, .participants,
        [
          .callControlID, .audioURL, .mediaName, CallField("invalid_audio_url", .withinRules(.holdAudioURL)),
          CallField("invalid_media_name", .withinRules(.holdMediaName)), CallField("client_state", .secret),
          CallField("gather_id"), CallField("initial_timeout_millis"), CallField("inter_digit_timeout_millis"),
          CallField("maximum_digits"), CallField("maximum_tries"), CallField("minimum_digits"),
          CallField("stop_playback_on_dtmf"), CallField("terminating_digit"), CallField("timeout_millis"),
          CallField("valid_digits"),
        ])
    case .sendDTMF:
      action(
        call, .participants,
        [.callControlIDs, CallField("client_state", .secret), CallField("digits"), CallField("duration_millis")])
    case .end: action(call, .participants, [.commandID])
    case .recordStart:
      action(
        call, .recording,
        [
          CallField("channels"), .commandID, CallField("custom_file_name"), CallField("format"),
          CallField("play_beep"), .region, CallField("trim"),
        ])
    case .recordStop:
      action(
        call, .recording, [.commandID, CallField("client_state", .secret), CallField("recording_id"), .region])
    case .recordPause, .recordResume: action(call, .recording, [.commandID, CallField("recording_id"), .region])
    case .update:
      action(call, .listening, [.callControlID, .commandID, .region, .supervisorRole, .whisperCallControlIDs])
    }
  }
}

/// A field of another call's body than the create's.
package struct CallField: Sendable, Equatable {
  package enum Meaning: Sendable, Equatable {
    /// Policy has nothing to say of it.
    case free
    /// What it says may be a token, so it is on no record.
    case secret
    /// The rules of the create's field hold for it, all of them.
    case asInCreate(Field)
    /// It says what the rules let the create's field say, or is refused: nothing is set and nothing is changed.
    case withinRules(Field)
    /// It is spoken, and may be written in SSML.
    case speech
    /// It makes somebody listen in.
    case listening
    case commandID
  }

  package let name: String
  package let meaning: Meaning
  /// Made once: a body may have thousands of names to be compared with it.
  let shape: NameShape

  init(_ name: String, _ meaning: Meaning = .free) {
    self.name = name
    self.meaning = meaning
    shape = NameShape(ofField: name)
  }

  static let callControlID = CallField("call_control_id", .secret)
  static let callControlIDs = CallField("call_control_ids", .secret)
  static let commandID = CallField("command_id", .commandID)
  static let region = CallField("region", .withinRules(.region))
  static let beepEnabled = CallField("beep_enabled", .withinRules(.beepEnabled))
  static let audioURL = CallField("audio_url", .withinRules(.holdAudioURL))
  static let mediaName = CallField("media_name", .withinRules(.holdMediaName))
  static let payload = CallField("payload", .speech)
  static let supervisorRole = CallField("supervisor_role", .listening)
  static let whisperCallControlIDs = CallField("whisper_call_control_ids", .listening)

  /// Whatever carries audio in any of the calls: none of these is a name that only one of them has.
  package static let carryingAudio: [CallField] = {
    var found: [CallField] = []
    for specification in CallSpecification.table {
      for case let field in specification.fields where field.isAudio && !found.contains(field) { found.append(field) }
    }
    // Of a call of Telnyx's that is not about conferences.
    return found + [CallField("playback_content", .withinRules(.holdAudioURL))]
  }()

  /// What is judged in whatever body it stands in.
  static let watched = carryingAudio + [supervisorRole, whisperCallControlIDs]

  /// It names audio that people in the conference will hear.
  package var isAudio: Bool {
    meaning == .withinRules(.holdAudioURL) || meaning == .withinRules(.holdMediaName)
  }

  /// RFC 6901.
  package var pointer: String { "/" + name }
}
