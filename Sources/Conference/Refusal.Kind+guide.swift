/// What people are told of each kind: `convene errors` and the documentation's table are made of this, and of nothing else.
extension Refusal.Kind {
  /// The codes that its errors may have.
  package var codes: [Fault.Code] {
    switch self {
    case .malformed: [.invalidJSON]
    case .badRequest, .lengthRequired, .bodyTooLarge, .headTooLarge, .expectation: [.badRequest]
    case .invalid:
      [.missingParameter, .invalidType, .invalidEnumeration, .outOfRange, .invalidClientState, .badRequest]
    case .policy: [.forbidden]
    case .unauthenticated: [.unauthenticated]
    case .notFound: [.notFound]
    case .methodNotAllowed: [.methodNotAllowed]
    case .mediaType: [.notJSONContentType]
    case .otherBody: [.unprocessable]
    case .inFlight, .undecided: [.beingProcessed]
    case .limited: [.tooManyRequests]
    case .ledgerUnavailable, .overloaded, .draining, .upstreamDown, .notSent: [.unavailable]
    case .internalFault, .upstreamRefusedToken, .upstreamRedirect, .upstreamUnreadable: [.unexpected]
    case .outcomeUnknown, .callUnknown, .noAnswer: [.timeout]
    }
  }

  /// What is wrong, in one line of Markdown.
  package var meaning: String {
    switch self {
    case .malformed: "the body is no JSON, has a key twice, is nested too deep, or is no object"
    case .badRequest:
      "ambiguous or malformed HTTP; a `Host` that is none; a query; two idempotency keys that differ; bytes that have no place in"
        + " `Idempotency-Key`, `X-Request-Id` or `x-stainless-retry-count`"
    case .invalid:
      "fields are missing, of the wrong type, not in the enumeration, out of range; `client_state` is no Base64; both hold fields;"
        + " a name that only looks like a field's (`Max-Participants`): all faults at once"
    case .policy: "a rule says no: `meta.rule` names it, `meta.owner` whose it is (`organization` or `team`)"
    case .unauthenticated: "no key, or a wrong one"
    case .notFound:
      "no such path, no command of your team with this id is remembered, or no conference that your team may speak of has this id"
    case .methodNotAllowed: "the path takes another method"
    case .lengthRequired: "nothing says how long the body is"
    case .bodyTooLarge: "the body is larger than `server.max_body`"
    case .mediaType: "the body is not `application/json`, or is encoded"
    case .headTooLarge: "the request's head is larger than 8 KiB"
    case .expectation: "an `Expect` other than `100-continue`"
    case .otherBody: "this `command_id` was used before with another body, or by another team"
    case .inFlight: "the first request with this `command_id` is still under way"
    case .undecided: "the command was sent before, and nobody can tell yet whether it was executed"
    case .limited: "the limit that `meta.rule` names is used up"
    case .ledgerUnavailable: "the ledger can't write, or was silent: nothing was executed"
    case .overloaded: "too many connections, bodies or requests at once: nothing was sent"
    case .draining: "this gateway is stopping: nothing was sent"
    case .internalFault: "the gateway made a mistake, which is in its log"
    case .upstreamRefusedToken: "Telnyx refused the gateway's own token: nothing was created"
    case .upstreamRedirect: "Telnyx answered 307 or 308, which is not followed: nothing was created"
    case .upstreamUnreadable:
      "Telnyx said no, with this status, and what it said can't be read: cut short, too large, no text, or not encoded as its head"
        + " says; nothing was created"
    case .upstreamDown: "Telnyx could not be reached of late: nothing was sent"
    case .notSent: "no connection to Telnyx could be made: nothing was sent"
    case .outcomeUnknown: "Telnyx gave no clear answer: the conference may have been created"
    case .callUnknown: "Telnyx gave no clear answer to another call than a create: it may have been executed"
    case .noAnswer: "Telnyx gave no answer, or none that can be read, to a call that changes nothing"
    }
  }

  /// What whoever gets it is to do, in one line of Markdown.
  package var advice: String {
    switch self {
    case .malformed: "send one JSON object; `detail` says near which byte it fails"
    case .badRequest: "correct what `detail` names"
    case .invalid: "correct each field at its `source.pointer`"
    case .policy:
      "change the field at `source.pointer`, or ask the rule's owner; `POST /conferences:explain` tells all that becomes of a body"
    case .unauthenticated: "send `Authorization: Bearer KEY`, with the key whose digest is in your team's file"
    case .notFound: "correct the path or the id; a command that was not executed is not remembered"
    case .methodNotAllowed: "use the method in `Allow`"
    case .lengthRequired: "send `Content-Length`"
    case .bodyTooLarge: "send less; a create has a few hundred bytes"
    case .mediaType: "send `Content-Type: application/json`, and no `Content-Encoding`"
    case .headTooLarge: "send fewer or shorter header fields; cookies count twice"
    case .expectation: "leave `Expect` out"
    case .otherBody: "for a new conference take a new id; to repeat an old command send its own body"
    case .inFlight: "after `Retry-After` repeat the same, or ask `GET` `meta.operation`: one conference either way"
    case .undecided:
      "after `Retry-After` ask `GET` `meta.operation`, or repeat the same; a new id could make a second conference"
    case .limited: "repeat after `Retry-After`, as SDKs do"
    case .ledgerUnavailable: "repeat after `Retry-After`; if it stays, the operator finds the reason in the log"
    case .overloaded, .draining, .notSent: "repeat after `Retry-After`, as SDKs do"
    case .upstreamUnreadable:
      "go by the status; `detail` says what is wrong with the reply, which is the operator's to look into"
    case .upstreamDown: "repeat after `Retry-After`; if it stays, the operator looks at the way to Telnyx"
    case .internalFault:
      "tell the operator `meta.request_id`; where there is a `meta.operation`, ask there what became of the command"
    case .upstreamRefusedToken: "tell the operator: your key is not to blame"
    case .upstreamRedirect: "tell the operator: `upstream.url` is to be checked"
    case .callUnknown: "look at what it was to change before you repeat it"
    case .noAnswer: "repeat after `Retry-After`, as SDKs do"
    case .outcomeUnknown:
      "after `Retry-After` ask `GET` `meta.operation`; a repeat with the same `command_id` makes no second conference, a new id"
        + " could"
    }
  }
}

extension Refusal.Kind.Repetition {
  /// For a table's cell.
  package var text: String {
    switch self {
    case .useless: "no use"
    case .due: "after `Retry-After`"
    case .notByItself: "not by itself (`x-should-retry: false`)"
    }
  }
}

extension Refusal.Kind {
  /// The documentation's table, without a line feed at the end.
  package static func markdown(_ kinds: [Refusal.Kind] = byStatus) -> String {
    let head = [
      "| `meta.kind` | status | code | an SDK's repeat | meaning | what to do |", "|---|---|---|---|---|---|",
    ]
    let rows = kinds.map { kind in
      let codes = kind.codes.map(\.rawValue).joined(separator: " ")
      return
        "| `\(kind.rawValue)` | \(kind == .upstreamUnreadable ? "4xx, Telnyx's" : String(kind.status)) | \(codes) | \(kind.repetition.text) | \(kind.meaning) | \(kind.advice) |"
    }
    return (head + rows).joined(separator: "\n")
  }

  /// Of one status, in the order of this enumeration.
  package static var byStatus: [Refusal.Kind] {
    allCases.enumerated().sorted { ($0.element.status, $0.offset) < ($1.element.status, $1.offset) }.map(\.element)
  }
}
