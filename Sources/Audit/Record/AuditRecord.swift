internal import Conference
package import EventLoop
package import Gateway
internal import JSON

/// One record on its way into the audit: an entry, with when it was decided and what the ledger adds.
package struct AuditRecord: Sendable {
  package var entry: AuditEntry
  /// When it was decided.
  package var time: WallTime
  /// From the request's head to the decision; nil where there was no request.
  package var milliseconds: Int64?
  /// Of a flood: how many requests this one record stands for, and until when they came.
  package var folded: (count: Int, until: WallTime)?
  /// Of a flood: as which number its count is noted until this record is written.
  package var note: Int64?
  /// The record's text with the number 0, which stands for all else.
  private var unnumbered: [UInt8]?
  /// What the record is about, where it is the one of a start.
  package private(set) var started: EffectiveConfiguration?

  package init(
    entry: AuditEntry, time: WallTime, milliseconds: Int64? = nil, folded: (count: Int, until: WallTime)? = nil
  ) {
    self.entry = entry
    self.time = time
    self.milliseconds = milliseconds
    self.folded = folded
  }

  /// The record as JSON text, without `prev` and `hash`. What is absent is left out.
  package func text(seq: Int64, _ times: inout TimeText) -> [UInt8] {
    if let unnumbered { return Array("{\"seq\":\(seq)".utf8) + unnumbered.dropFirst(Self.numberZero.count) }
    var writer = JSONWriter(capacity: 1536, escapesUnseen: true)
    writer.beginObject()
    writer.key("seq")
    writer.value(seq)
    writer.key("time")
    writer.value(plain: times.text(of: time))
    if !entry.organization.isEmpty { writer.member("organization", entry.organization) }
    writer.optional("team", entry.team)
    writer.optional("caller", entry.caller)
    if !entry.peer.isEmpty { writer.member("peer", "peer_bytes", AuditText(entry.peer)) }
    if !entry.requestID.isEmpty { writer.member("request_id", "request_id_bytes", AuditText(entry.requestID)) }
    if let text = entry.traceparent { writer.member("traceparent", "traceparent_bytes", AuditText(text)) }
    if let text = entry.commandID { writer.member("command_id", "command_id_bytes", AuditText(text)) }
    writer.optional("call_control_id", entry.callControl)
    if let clientState = entry.clientState {
      writer.key("client_state")
      writer.beginObject()
      writer.member("length", clientState.length)
      writer.member("pseudonym", clientState.pseudonym)
      writer.endObject()
    }
    writer.optional("call", entry.call?.name)
    writer.member("decision", entry.decision.rawValue)
    writer.optional("rule", entry.rule)
    if !entry.errors.isEmpty {
      writer.key("errors")
      writer.value(json: entry.errors.json)
      writer.member("errors_count", entry.errors.count)
    }
    if !entry.fields.isEmpty {
      writer.key("fields")
      writer.value(json: entry.fields.json)
      if entry.fields.omitted > 0 { writer.member("fields_omitted", entry.fields.omitted) }
    }
    if let id = entry.conferenceID {
      writer.key("conference")
      writer.beginObject()
      writer.member("id", "id_bytes", AuditText(id))
      writer.endObject()
    }
    writer.optional("outcome", entry.outcome?.rawValue)
    writer.optional("settled_by", entry.settler?.rawValue)
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
  private static let numberZero = Array("{\"seq\":0".utf8)

  /// Of a start.
  package init(_ started: EffectiveConfiguration, unnumbered text: [UInt8], time: WallTime) {
    let entry = AuditEntry(
      organization: "", peer: "", requestID: "", received: .now, configuration: "", decision: .configuration)
    self.init(entry: entry, time: time)
    unnumbered = text
    self.started = started
  }

  /// The first of a chain that is one of several.
  package init(opening text: [UInt8], time: WallTime) {
    let entry = AuditEntry(
      organization: "", peer: "", requestID: "", received: .now, configuration: "", decision: .chain)
    self.init(entry: entry, time: time)
    unnumbered = text
  }

  /// One of an earlier process.
  ///
  /// - Parameters:
  ///   - text: with the number 0.
  ///   - note: the number of the note.
  package init?(noted text: [UInt8], as note: Int64) {
    guard text.starts(with: Self.numberZero), let json = try? JSONValue.parse(text),
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
    unnumbered = text
  }
}

extension JSONWriter {
  fileprivate mutating func optional(_ key: StaticString, _ value: String?) {
    if let value { member(key, value) }
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
