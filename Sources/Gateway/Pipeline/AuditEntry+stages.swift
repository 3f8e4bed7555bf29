internal import Conference
internal import JSON
internal import Policy

/// What each stage of the pipeline learns of a request, for the record.
extension AuditEntry {
  init(_ request: IncomingRequest, of exchange: Exchange) {
    self.init(
      organization: exchange.snapshot.organization, peer: request.peer.description, requestID: exchange.requestID,
      received: request.received, configuration: exchange.snapshot.revision)
    traceparent = TraceContext.parent(request.fields)
  }

  mutating func note(_ caller: AuthenticatedCaller) {
    team = caller.team.name
    self.caller = caller.name
  }

  mutating func note(_ decoded: DecodedCommand, _ pseudonyms: Pseudonyms) {
    let command = decoded.command
    commandID = command[.commandID]?.string
    // Both may be tokens: one controls a call, the other is the caller's own secret. The record can tell whether two
    // requests spoke of the same one, and nothing more.
    callControl = command[.callControlID]?.string.map(pseudonyms.name)
    clientState = command[.clientState]?.string.map { ($0.utf8.count, pseudonyms.name(of: $0)) }
  }

  mutating func note(_ decided: DecidedCommand) {
    commandID = decided.commandID
    fields = decided.decision.changes.map { change in
      TouchedField(
        name: change.field.name, change: change.kind.rawValue,
        asked: change.asked.flatMap { shown($0, as: change.field) },
        effective: change.effective.flatMap { shown($0, as: change.field) })
    }
  }

  /// What policy refused, field by field.
  mutating func note(_ refusal: Refusal, about decoded: DecodedCommand) {
    fields = refusal.faults.compactMap { fault in
      guard let name = fault.pointer?.dropFirst() else { return nil }
      let field = Field(named: String(name))
      return TouchedField(
        name: String(name), change: "refused",
        asked: field.flatMap { field in decoded.command[field].flatMap { shown($0, as: field) } }, effective: nil)
    }
  }

  private func shown(_ value: FieldValue, as field: Field) -> JSONValue? {
    switch field {
    case .callControlID: callControl.map(JSONValue.string)
    case .clientState: (clientState?.pseudonym).map(JSONValue.string)
    default: value.json
    }
  }
}

extension AuditedRequest {
  /// Leaves nothing behind: a copy would be one of a dozen texts.
  convenience init(taking entry: inout AuditEntry) {
    var taken = AuditEntry(organization: "", peer: "", requestID: "", received: entry.received, configuration: "")
    swap(&taken, &entry)
    self.init(taken)
  }
}
