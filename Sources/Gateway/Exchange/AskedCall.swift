internal import Conference
internal import Policy

/// Another call than a create, from when the ledger is asked about it: all that is kept of its request.
final class AskedCall {
  let target: CallTarget
  let caller: AuthenticatedCaller
  /// To send; nil where it has none.
  let body: [UInt8]?
  /// As its body says.
  let commandID: String?
  /// What policy did to the body.
  let changes: [Decision.Change]
  let forwardedFields: HeaderFields
  /// Of the list of all conferences a team sees its own: how that is read; nil = it is no list, or is passed as it is.
  let listing: OwnedListing?
  /// What is known of the request, for the record.
  let audit: AuditedRequest
  /// How the limits stood when the ledger counted it.
  var limits: [LimitStatus] = []

  init(
    _ target: CallTarget, from caller: AuthenticatedCaller, body: [UInt8]?, commandID: String?,
    changes: [Decision.Change], forwardedFields: HeaderFields, listing: OwnedListing? = nil, audit: AuditedRequest
  ) {
    self.listing = listing
    self.target = target
    self.caller = caller
    self.body = body
    self.commandID = commandID
    self.changes = changes
    self.forwardedFields = forwardedFields
    self.audit = audit
  }

  var call: ConferenceCall { target.call }

  /// As far as sending it again is concerned.
  var kind: CommandLife.Kind { call.isRead ? .read : commandID == nil ? .once : .command }

  /// A reply of Telnyx's or the gateway's, with what is said beside it.
  func completed(_ reply: Reply) -> Reply {
    var reply = reply
    if !changes.isEmpty { reply.fields.append("Convene-Policy") { changes.writeParameterized(to: &$0) } }
    reply.fields.append(limits, policy: caller.rateLimitPolicy(of: call))
    return reply
  }
}

extension CallAdmission {
  convenience init(_ asked: AskedCall, unavailability: Refusal?) {
    self.init(
      call: asked.call, conferenceID: asked.target.conferenceID, team: asked.caller.team.name,
      caller: asked.caller.name,
      scope: asked.caller.team.calls.scope, limits: asked.caller.limits(of: asked.call), unavailability: unavailability,
      audit: asked.audit)
  }
}
