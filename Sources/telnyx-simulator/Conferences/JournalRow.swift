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
    writer.beginObject()
    for header in joinedHeaders {
      writer.key(named: header.name)
      writer.value(header.value)
    }
    writer.endObject()
    writer.key("body")
    writer.value(.object(body))
    writer.member("attempt_time_ms", Int(request.arrival.milliseconds))
    writer.endObject()
    return writer.bytes
  }

  /// A field that came more than once is one field with commas (RFC 9110, section 5.3): no object has a key twice.
  private var joinedHeaders: [(name: String, value: String)] {
    var joined: [(name: String, value: String)] = []
    for header in request.head.headers {
      if let index = joined.firstIndex(where: { $0.name == header.name }) {
        joined[index].value += ", \(header.value)"
      } else {
        joined.append(header)
      }
    }
    return joined
  }
}
