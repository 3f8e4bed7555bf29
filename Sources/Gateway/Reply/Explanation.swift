internal import Conference
internal import JSON
internal import Policy

/// What policy would make of a command, field by field: nothing is sent, stored or counted.
struct Explanation {
  let reply: Reply

  init(of decoded: DecodedCommand) {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("data")
    writer.beginObject()
    writer.member("record_type", "explanation")
    writer.member("team", decoded.caller.team.name)
    do throws(Refusal) {
      Self.write(try decoded.caller.team.policy.decide(decoded.command), asked: decoded.command, to: &writer)
    } catch {
      Self.write(error, to: &writer)
    }
    writer.endObject()
    writer.endObject()
    reply = Reply(status: 200, fields: ["Content-Type": "application/json"], body: writer.bytes)
  }

  private static func write(_ decision: Decision, asked: ConferenceCommand, to writer: inout JSONWriter) {
    writer.member("decision", "allowed")
    writer.key("fields")
    writer.beginArray()
    for field in Field.all {
      guard asked[field] != nil || decision.command[field] != nil else { continue }
      writer.beginObject()
      writer.member("name", field.name)
      writer.key("asked")
      writer.value(asked[field]?.json ?? .null)
      writer.key("effective")
      writer.value(decision.command[field]?.json ?? .null)
      writer.key("changes")
      writer.beginArray()
      for change in decision.changes where change.field == field { writer.value(change.kind.rawValue) }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
  }

  private static func write(_ refusal: Refusal, to writer: inout JSONWriter) {
    writer.member("decision", "refused")
    writer.key("errors")
    writer.beginArray()
    for fault in refusal.faults {
      writer.beginObject()
      writer.member("code", fault.code.rawValue)
      writer.member("detail", fault.detail)
      if let pointer = fault.pointer { writer.member("pointer", pointer) }
      if let rule = fault.rule { writer.member("rule", rule) }
      writer.endObject()
    }
    writer.endArray()
  }
}
