import JSON

/// A call leg in a conference, or one that has left it: its row stays.
struct Participant: Sendable {
  /// Here a leg has joined as soon as it is told to: nobody ever reads `joining`.
  enum Status: String {
    case joining, joined, left
  }

  enum SupervisorRole: String, CaseIterable {
    case barge, monitor, none, whisper
  }

  let id: String
  let callControlID: String
  let callLegID: String
  let created: Timestamp
  private(set) var updated: Timestamp
  private(set) var status = Status.joined
  var isMuted = false
  var isOnHold = false
  private(set) var endsConference = false
  private(set) var endsConferenceSoftly = false
  private var role = SupervisorRole.none
  private var whisperIDs: [String] = []

  /// - Parameter number: which of the conference's participants it is, from 1. No two have the same id.
  init(_ callControlID: String, of conferenceID: String, number: Int, at created: Timestamp) {
    let suffix = number == 1 ? conferenceID : "\(conferenceID)-\(number)"
    id = "participant-\(suffix)"
    self.callControlID = callControlID
    callLegID = "leg-\(suffix)"
    self.created = created
    updated = created
  }

  var isPresent: Bool { status != .left }
  var isHost: Bool { endsConference || endsConferenceSoftly }
  var isWhispering: Bool { role == .whisper && !whisperIDs.isEmpty }

  /// One who monitors can't be heard, and one who whispers to nobody only monitors.
  var cannotSpeak: Bool { isMuted || role == .monitor || role == .whisper && whisperIDs.isEmpty }

  /// Takes what a join says of the one who joins. What it doesn't say is as for one who has never been there.
  mutating func join(_ body: JSONObject, at time: Timestamp) {
    status = .joined
    isMuted = body["mute"]?.boolean ?? false
    isOnHold = body["hold"]?.boolean ?? false
    (endsConference, endsConferenceSoftly) = (false, false)
    set(exits: body)
    set(role: body)
    updated = time
  }

  mutating func leave(at time: Timestamp) {
    status = .left
    updated = time
  }

  /// Takes what a `PATCH` says. `beep_enabled` is in no row.
  mutating func set(exits body: JSONObject) {
    endsConference = body["end_conference_on_exit"]?.boolean ?? endsConference
    endsConferenceSoftly = body["soft_end_conference_on_exit"]?.boolean ?? endsConferenceSoftly
  }

  mutating func set(role body: JSONObject) {
    role = body["supervisor_role"]?.string.flatMap { SupervisorRole(rawValue: $0) } ?? .none
    whisperIDs = role == .whisper ? body["whisper_call_control_ids"]?.array?.compactMap(\.string) ?? [] : []
  }

  mutating func touch(at time: Timestamp) { updated = time }

  /// Its row in the list.
  func json(in conference: Conference) -> JSONObject {
    [
      "record_type": .string("participant"), "id": .string(id), "call_control_id": .string(callControlID),
      "call_leg_id": .string(callLegID),
      "conference": ["id": .string(conference.id), "name": .string(conference.name)],
      "status": .string(status.rawValue), "muted": .boolean(cannotSpeak), "on_hold": .boolean(isOnHold),
      "end_conference_on_exit": .boolean(endsConference),
      "soft_end_conference_on_exit": .boolean(endsConferenceSoftly),
      "whisper_call_control_ids": .array(whisperIDs.map { .string($0) }),
      "created_at": .string(created.text), "updated_at": .string(updated.text),
    ]
  }
}
