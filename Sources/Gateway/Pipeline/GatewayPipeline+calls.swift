internal import Conference
internal import EventLoop
internal import JSON
internal import Policy

/// Telnyx's other calls about conferences. What they carry is judged by the rules of creates, and whose conference they are about by
/// the ledger; what is sent is the caller's own body.
extension GatewayPipeline {
  /// Is it sound, is it allowed?
  func pass(
    _ target: CallTarget, from caller: AuthenticatedCaller, _ request: IncomingRequest, _ entry: inout AuditEntry,
    of exchange: Exchange
  ) throws(Refusal) {
    entry.note(caller)
    entry.note(target)
    // A call's own id may stand in the place of a participant's.
    entry.callControl = target.participantID.map(pseudonyms.name)
    let (body, decision) = try judge(request, target, from: caller, &entry)
    let isSifted = target.call == .list && caller.team.calls.scope != .any
    let listing = isSifted ? try OwnedListing(query: target.query) : nil
    let asked = AskedCall(
      target, from: caller, body: decision?.body, commandID: body?.commandID, changes: decision?.changes ?? [],
      forwardedFields: forwardedFields(of: request, exchange), listing: listing,
      audit: AuditedRequest(taking: &entry))
    exchange.detail?.commandID = asked.commandID
    run(exchange.state.pass(asked, unavailability: unavailability(isRead: target.call.isRead)), of: exchange)
  }

  private func judge(
    _ request: IncomingRequest, _ target: CallTarget, from caller: AuthenticatedCaller, _ entry: inout AuditEntry
  ) throws(Refusal) -> (CallBody?, CallDecision?) {
    guard !target.call.isRead else { return (nil, nil) }
    if let fault = request.bodyFault, fault.kind != .lengthRequired { throw fault }
    guard request.body.isEmpty || request.fields.contains("content-type") else { throw .notJSON }
    let body = try CallBody.decode(request.body, of: target.call)
    entry.note(body, pseudonyms)
    if let key = try IdempotencyKey.read(request.fields), let id = body.commandID, !id.hasSameBytes(as: key) {
      throw .twoKeys
    }
    do throws(Refusal) {
      let decision = try caller.team.callPolicy.decide(body, of: target.call)
      entry.note(decision, of: body)
      return (body, decision)
    } catch {
      entry.note(error, of: body)
      throw error
    }
  }

  /// The ledger lets it pass: it goes out with the token that made its conference.
  func passed(_ exchange: Exchange, _ owner: TokenDigest?, note: Int64, _ limits: [LimitStatus]) {
    exchange.decision = .passed
    health.firstSend()
    let token = owner.flatMap(health.token) ?? health.tokens(at: loop.now).order.first
    run(
      exchange.state.passed(
        limits, note: note, bounds: exchange.bounds(tokens: token.map { [$0] } ?? []), at: loop.now,
        mayBegin: mayBegin(exchange)), of: exchange)
  }

  func pass(
    _ passing: Passing, token: Int, timeout: Duration, notAfter: MonotonicTime?, of exchange: Exchange
  ) {
    exchange.detail?.attempts += 1
    exchange.times.enterOnce(.sent, at: loop.now)
    exchange.attemptBegan = .now
    let span = numbers.spanID()
    let (asked, method) = (passing.asked, passing.asked.call.specification.method)
    exchange.spans?.sends(
      as: span, method.rawValue, path: asked.call.specification.template,
      resends: passing.life.attempts - 1, at: loop.now)
    let attempt = UpstreamAttempt(
      path: passing.path, body: method == .get ? nil : asked.body ?? [], fields: asked.forwardedFields,
      traceparent: exchange.trace.sent(by: span), token: token, timeout: timeout, notAfter: notAfter,
      lease: exchange.lease, isPatch: method == .patch)
    upstream.send(attempt, for: exchange.id)
  }
}

extension AuditEntry {
  mutating func note(_ target: CallTarget) {
    call = target.call
    conferenceID = target.conferenceID
  }

  mutating func note(_ body: CallBody, _ pseudonyms: Pseudonyms) {
    commandID = body.commandID
    callControl = body.callControlID.map(pseudonyms.name) ?? callControl
    clientState = body.asInCreate[.clientState]?.string.map { ($0.utf8.count, pseudonyms.name(of: $0)) }
  }

  /// What a call that policy refuses asked for.
  mutating func note(_ refusal: Refusal, of body: CallBody) {
    let tokens = tokens
    fields = AuditFields { list in
      func add(_ name: String, _ asked: FieldValue?) {
        let isRefused = refusal.faults.contains { $0.pointer?.hasSameBytes(as: "/" + name) == true }
        list.append(AuditFields.Field(name: name, change: isRefused ? "refused" : nil, asked: asked?.json))
      }
      for (field, _, value) in body.limited { add(field.name, value) }
      for field in Field.all where body.asInCreate.has(field) {
        add(field.name, tokens[field] ?? body.asInCreate[field])
      }
      for field in body.listening { add(field.name, nil) }
    }
  }

  /// What policy has judged of it. Of the rest nothing is said: there may be tokens in it, and people's words.
  mutating func note(_ decision: CallDecision, of body: CallBody) {
    let tokens = tokens
    fields = AuditFields { list in
      for (field, _, value) in body.limited {
        list.append(AuditFields.Field(name: field.name, effective: value.json))
      }
      for field in Field.all {
        let change = decision.changes.last { $0.field == field }
        guard let effective = change?.effective ?? body.asInCreate[field] else { continue }
        let asked = change?.asked
        list.append(
          field, change: change?.kind.rawValue, asked: asked.map { tokens[field] ?? $0 },
          effective: tokens[field] ?? effective)
      }
      for field in body.listening { list.append(AuditFields.Field(name: field.name)) }
    }
  }
}
