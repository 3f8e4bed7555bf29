internal import EventLoop
internal import JSON

extension Reply {
  /// `GET /operations/{command_id}`: what became of a command, in the words of its record.
  init(_ operation: Operation) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("data")
    writer.beginObject()
    writer.member("record_type", "operation")
    writer.member("command_id", operation.commandID)
    writer.member("state", operation.state.rawValue)
    if let outcome = operation.outcome { writer.member("outcome", outcome.rawValue) }
    if let id = operation.conferenceID {
      writer.key("conference")
      writer.beginObject()
      writer.member("id", id)
      writer.endObject()
    }
    writer.member("first_sent_at", operation.firstSent.rfc3339)
    if let reply = operation.reply {
      writer.key("reply")
      writer.beginObject()
      writer.member("status", reply.status)
      writer.key("body")
      // As Telnyx wrote it. What is no JSON is told as a text.
      if JSONValue.isSound(reply.body) {
        writer.value(json: reply.body)
      } else {
        writer.value(String(decoding: reply.body, as: UTF8.self))
      }
      writer.endObject()
    }
    writer.endObject()
    writer.endObject()
    self.init(status: 200, fields: ["Content-Type": "application/json"], body: writer.bytes)
  }
}
