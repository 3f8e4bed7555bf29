internal import Conference
internal import EventLoop
internal import JSON
internal import Policy

extension Exchange {
  func note(_ decoded: DecodedCommand, _ pseudonyms: Pseudonyms) {
    let command = decoded.command
    audit.commandID = command[.commandID]?.string
    // Both may be tokens: one controls a call, the other is the caller's own secret. The record can tell whether two
    // requests spoke of the same one, and nothing more.
    audit.callControl = command[.callControlID]?.string.map(pseudonyms.name)
    audit.clientState = command[.clientState]?.string.map { ($0.utf8.count, pseudonyms.name(of: $0)) }
  }

  func note(_ decided: DecidedCommand) {
    self.decided = decided
    commandID = decided.commandID
    audit.commandID = decided.commandID
    audit.fields = decided.decision.changes.map { change in
      AuditEntry.TouchedField(
        name: change.field.name, change: change.kind.rawValue,
        asked: change.asked.flatMap { shown($0, as: change.field) },
        effective: change.effective.flatMap { shown($0, as: change.field) })
    }
  }

  /// What policy refused, field by field.
  func note(_ refusal: Refusal, about decoded: DecodedCommand) {
    audit.fields = refusal.faults.compactMap { fault in
      guard let name = fault.pointer?.dropFirst() else { return nil }
      let field = Field(named: String(name))
      return AuditEntry.TouchedField(
        name: String(name), change: "refused",
        asked: field.flatMap { field in decoded.command[field].flatMap { shown($0, as: field) } }, effective: nil)
    }
  }

  /// What is known so far, from now on in one object. Asked for again where the ledger is.
  func takeAudit() -> AuditedRequest {
    if let audited { return audited }
    var taken = AuditEntry(organization: "", peer: "", requestID: "", received: audit.received, configuration: "")
    swap(&taken, &audit)
    let audited = AuditedRequest(taken)
    self.audited = audited
    return audited
  }

  /// How Telnyx was asked, and what it said last; nil where nothing was to be sent.
  func upstreamEntry(at now: MonotonicTime) -> AuditEntry.Upstream? {
    guard let sending else { return nil }
    let (status, code): (Int?, String?) =
      switch sending.life.lastOutcome {
      case .replied(let reply): (reply.status, reply.status < 400 ? nil : reply.errorCode)
      case .notSent(let failure), .lost(let failure): (nil, failure.name)
      case nil: (nil, nil)
      }
    return AuditEntry.Upstream(
      status: status, attempts: sending.life.attempts, code: code,
      milliseconds: (now - sending.began).milliseconds)
  }

  private func shown(_ value: FieldValue, as field: Field) -> JSONValue? {
    switch field {
    case .callControlID: audit.callControl.map(JSONValue.string)
    case .clientState: (audit.clientState?.pseudonym).map(JSONValue.string)
    default: value.json
    }
  }
}
