import JSON

/// The fields of one call's body.
struct BodySchema: Sendable {
  let fields: [BodyField]
  /// Two fields that can't stand in one body.
  let exclusive: (String, String)?

  init(_ fields: [BodyField], exclusive: (String, String)? = nil) {
    self.fields = fields
    self.exclusive = exclusive
  }

  /// All that is wrong with a body. A field that is not in the table is none of it: Telnyx forbids no further ones.
  func errors(in body: JSONObject) -> [TelnyxError] {
    var errors = fields.compactMap { $0.error(in: body) }
    if let (one, other) = exclusive, body[one] != nil, body[other] != nil {
      errors.append(TelnyxError(.badRequest, "\(one) and \(other) exclude each other.", pointer: "/\(other)"))
    }
    return errors
  }

  func has(_ name: String) -> Bool { fields.contains { $0.name == name } }

  /// `POST /conferences`.
  static let create = BodySchema(
    [
      .callControlID,
      BodyField("name", .text, isRequired: true),
      .beepEnabled,
      .clientState,
      BodyField("comfort_noise", .boolean),
      .commandID,
      // No upper end is documented: a conference ends after four hours whatever this says.
      BodyField("duration_minutes", .integer(1...Int64.max)),
      BodyField("hold_audio_url", .text),
      BodyField("hold_media_name", .text),
      BodyField("max_participants", .integer(2...800)),
      .region,
      BodyField("start_conference_on_create", .boolean),
    ], exclusive: ("hold_audio_url", "hold_media_name"))

  /// `PATCH /conferences/{id}/participants/{participant_id}`.
  static let participant = BodySchema([
    .beepEnabled, BodyField("end_conference_on_exit", .boolean), BodyField("soft_end_conference_on_exit", .boolean),
  ])
}
