internal import Conference
internal import JSON
package import Policy

extension Explanation {
  /// `{"data": {"record_type": "explanation", "team", "decision": "allowed" | "refused", "status", "kind", "fields": [{"name", "asked",
  /// "effective", "assumed", "changes", "rules": [{"rule", "owner"}]}], "unknown_fields": [{"name", "becomes"}], "limits", "keyless": {"join"}, "errors"}}`;
  /// `keyless` only where an equal command would be joined.
  ///
  /// - Parameter locate: where a rule stands, for who may know; goes beside it as `place`.
  package func json(locate: (NamedRule) -> String? = { _ in nil }) -> [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.key("data")
    writer.beginObject()
    writer.member("record_type", "explanation")
    writer.member("team", team)
    writer.member("decision", refusal == nil ? "allowed" : "refused")
    if let refusal {
      writer.member("status", refusal.status)
      writer.member("kind", refusal.kind.rawValue)
    }
    writer.list("fields", lines) { line, writer in Self.write(line, locate, to: &writer) }
    writer.list("unknown_fields", unknown) { name, writer in
      writer.member("name", name)
      writer.member("becomes", isUnknownForwarded ? "forwarded" : "refused")
    }
    if unknownOmitted > 0 { writer.member("unknown_fields_omitted", unknownOmitted) }
    writer.list("limits", limits) { limit, writer in
      writer.member("name", limit.name)
      writer.member("per", limit.per.rawValue)
      writer.member("allow", limit.allow)
      writer.member("every", limit.every.text)
      writer.member("burst", limit.burst)
      writer.member("owner", limit.owner.rawValue)
      if let place = locate(limit.named) { writer.member("place", place) }
    }
    if let keylessJoin {
      writer.key("keyless")
      writer.beginObject()
      writer.member("join", keylessJoin.text)
      writer.endObject()
    }
    if let refusal {
      writer.list("errors", refusal.faults) { fault, writer in Self.write(fault, locate, to: &writer) }
    }
    writer.endObject()
    writer.endObject()
    return writer.bytes
  }

  private static func write(_ line: Line, _ locate: (NamedRule) -> String?, to writer: inout JSONWriter) {
    writer.member("name", line.field.name)
    writer.key("asked")
    writer.value(line.asked?.json ?? .null)
    writer.key("effective")
    writer.value(line.effective?.json ?? .null)
    // What Telnyx makes of a field that is absent.
    if line.effective == nil, let assumed = line.field.specification.vendorDefault {
      writer.key("assumed")
      writer.value(assumed.json)
    }
    writer.key("changes")
    writer.beginArray()
    for change in line.changes { writer.value(change) }
    writer.endArray()
    guard !line.rules.isEmpty else { return }
    writer.list("rules", line.rules) { rule, writer in write(rule, locate, to: &writer) }
  }

  private static func write(_ fault: Fault, _ locate: (NamedRule) -> String?, to writer: inout JSONWriter) {
    writer.member("code", fault.code.rawValue)
    writer.member("detail", fault.detail)
    if let pointer = fault.pointer { writer.member("pointer", pointer) }
    if let rule = fault.rule, let owner = fault.owner {
      write(NamedRule(name: rule, owner: owner), locate, to: &writer)
    }
  }

  private static func write(_ rule: NamedRule, _ locate: (NamedRule) -> String?, to writer: inout JSONWriter) {
    writer.member("rule", rule.name)
    writer.member("owner", rule.owner.rawValue)
    if let place = locate(rule) { writer.member("place", place) }
  }
}

extension LimitRule {
  package var named: NamedRule { NamedRule(name: refusalName, owner: owner) }
}

extension JSONWriter {
  /// An array of objects.
  fileprivate mutating func list<Element>(
    _ key: StaticString, _ elements: [Element], _ write: (Element, inout JSONWriter) -> Void
  ) {
    self.key(key)
    beginArray()
    for element in elements {
      beginObject()
      write(element, &self)
      endObject()
    }
    endArray()
  }
}
