import JSON

/// One executed create, as the journal shows it.
struct JournalRow {
  let request: Request
  let body: JSONObject
  let conference: Conference

  var text: [UInt8] {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.key("command_id")
    writer.value(body["command_id"] ?? .null)
    writer.member("name", conference.name)
    writer.member("id", conference.id)
    writer.member("authorization", request.head.header("authorization") ?? "")
    writer.key("headers")
    writer.value(.object(request.head.joinedHeaders))
    writer.key("body")
    writer.value(.object(body))
    writer.member("attempt_time_ms", Int(request.arrival.milliseconds))
    writer.endObject()
    return writer.bytes
  }
}
