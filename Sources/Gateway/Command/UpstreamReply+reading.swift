internal import JSON

extension UpstreamReply {
  /// The id of the conference in this reply, or nil where there is none: `{"data": {"id": "...", ...}}`.
  package var conferenceID: String? {
    guard let id = JSONValue.string(at: ["data", "id"], in: body), !id.isEmpty else { return nil }
    return id
  }

  /// The code of the first error in Telnyx's envelope.
  package var errorCode: String? { JSONValue.read(body)?["errors"]?.array?.first?["code"]?.string }
}
