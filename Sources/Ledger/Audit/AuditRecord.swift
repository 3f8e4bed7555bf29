internal import EventLoop
internal import Gateway
internal import JSON

/// One record on its way into the audit: an entry, with when it was decided and what the ledger adds.
struct AuditRecord: Sendable {
  var entry: AuditEntry
  /// When it was decided.
  var time: WallTime
  /// From the request's head to the decision; nil where there was no request.
  var milliseconds: Int64?
  /// Of a flood: how many requests this one record stands for, and until when they came.
  var folded: (count: Int, until: WallTime)?
  /// Of a flood: as which number its count is noted until this record is written.
  var note: Int64?
  /// What an earlier process noted of it, which stands for all else.
  private var noted: [UInt8]?

  init(
    entry: AuditEntry, time: WallTime, milliseconds: Int64? = nil, folded: (count: Int, until: WallTime)? = nil
  ) {
    self.entry = entry
    self.time = time
    self.milliseconds = milliseconds
    self.folded = folded
  }

  /// The record as JSON text, without `prev` and `hash`. What is absent is left out.
  func text(seq: Int64, _ times: inout TimeText) -> [UInt8] {
    if let noted { return Array("{\"seq\":\(seq)".utf8) + noted.dropFirst(Self.unnumbered.count) }
    var writer = JSONWriter(capacity: 768, escapesUnseen: true)
    writer.beginObject()
    writer.key("seq")
    writer.value(seq)
    writer.key("time")
    writer.value(plain: times.text(of: time))
    if !entry.organization.isEmpty { writer.member("organization", entry.organization) }
    writer.optional("team", entry.team)
    writer.optional("caller", entry.caller)
    if !entry.peer.isEmpty { writer.text("peer", "peer_bytes", AuditText(entry.peer)) }
    if !entry.requestID.isEmpty { writer.text("request_id", "request_id_bytes", AuditText(entry.requestID)) }
    if let text = entry.traceparent { writer.text("traceparent", "traceparent_bytes", AuditText(text)) }
    if let text = entry.commandID { writer.text("command_id", "command_id_bytes", AuditText(text)) }
    writer.optional("call_control_id", entry.callControl)
    if let clientState = entry.clientState {
      writer.key("client_state")
      writer.beginObject()
      writer.member("length", clientState.length)
      writer.member("pseudonym", clientState.pseudonym)
      writer.endObject()
    }
    writer.member("decision", entry.decision.rawValue)
    writer.optional("rule", entry.rule)
    if !entry.fields.isEmpty { writer.touched(entry.fields) }
    if entry.omittedFields > 0 { writer.member("fields_omitted", entry.omittedFields) }
    if entry.status != 0 { writer.member("status", entry.status) }
    if let upstream = entry.upstream { writer.upstream(upstream) }
    if let milliseconds {
      writer.key("ms")
      writer.value(milliseconds)
    }
    if !entry.configuration.isEmpty { writer.member("config", entry.configuration) }
    if let folded {
      writer.member("count", folded.count)
      writer.member("until", folded.until.rfc3339)
    }
    writer.endObject()
    return writer.bytes
  }
}

extension AuditRecord {
  private static let unnumbered = Array("{\"seq\":0".utf8)

  /// One of an earlier process.
  ///
  /// - Parameters:
  ///   - text: with the number 0.
  ///   - note: the number of the note.
  init?(noted text: [UInt8], as note: Int64) {
    guard text.starts(with: Self.unnumbered), let json = try? JSONValue.parse(text),
      let decision = json["decision"]?.string.flatMap(AuditEntry.Decision.init),
      let time = json["time"]?.string.flatMap(WallTime.init(rfc3339:))
    else { return nil }
    // As much as the table has beside the record.
    var entry = AuditEntry(
      organization: "", peer: "", requestID: "", received: .now, configuration: "", decision: decision)
    entry.team = json["team"]?.string
    entry.caller = json["caller"]?.string
    entry.commandID = json["command_id"]?.string
    self.init(entry: entry, time: time)
    self.note = note
    noted = text
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ key: StaticString, _ value: String?) {
    if let value { member(key, value) }
  }

  /// A caller's text, and how long it was where it was cut.
  fileprivate mutating func text(_ key: StaticString, _ bytesKey: StaticString, _ text: AuditText) {
    member(key, text.text)
    if let bytes = text.bytes { member(bytesKey, bytes) }
  }

  fileprivate mutating func value(_ key: StaticString, _ bytesKey: StaticString, _ value: AuditValue) {
    self.key(key)
    self.value(value.json)
    if let bytes = value.bytes { member(bytesKey, bytes) }
  }

  fileprivate mutating func touched(_ fields: [AuditEntry.TouchedField]) {
    key("fields")
    beginArray()
    for field in fields {
      beginObject()
      text("name", "name_bytes", field.name)
      member("change", field.change)
      if let asked = field.asked { value("asked", "asked_bytes", asked) }
      if let effective = field.effective { value("effective", "effective_bytes", effective) }
      endObject()
    }
    endArray()
  }

  fileprivate mutating func upstream(_ upstream: AuditEntry.Upstream) {
    key("upstream")
    beginObject()
    if let status = upstream.status { member("status", status) }
    member("attempts", upstream.attempts)
    if let code = upstream.code { member("code", code) }
    key("ms")
    value(upstream.milliseconds)
    endObject()
  }
}
