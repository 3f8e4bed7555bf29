package import Conference
internal import JSON

/// What a record says of a command, from whichever stage it is known.
extension AuditEntry {
  /// Both may be tokens: one controls a call, the other is the caller's own secret. The record can tell whether two
  /// requests spoke of the same one, and nothing more.
  package mutating func noteTokens(of command: ConferenceCommand, _ pseudonyms: Pseudonyms) {
    callControl = command[.callControlID]?.string.map(pseudonyms.name)
    clientState = command[.clientState]?.string.map { ($0.utf8.count, pseudonyms.name(of: $0)) }
  }

  /// - Parameter body: that was sent earlier. Written by this gateway, so it can be read; where it is by another
  ///   version with other rules, nothing is said of it.
  package mutating func note(sent body: [UInt8], _ pseudonyms: Pseudonyms) {
    guard let command = try? ConferenceCommand.decode(body) else { return }
    noteTokens(of: command, pseudonyms)
    let tokens = tokens
    fields = AuditFields { list in
      for field in Field.all {
        guard let value = command[field] else { continue }
        list.append(field, effective: tokens[field] ?? value)
      }
      for member in command.unknown { list.append(AuditFields.Field(name: member.key, effective: member.shown)) }
    }
  }

  package mutating func note(_ settlement: Settlement) {
    commandID = settlement.commandID
    upstream = settlement.upstream
    outcome = settlement.outcome.audited
    if case .done(let id) = settlement.outcome { conferenceID = id }
    guard outcome != .unknown else { return }
    settler = settlement.otherwise != nil ? .lookUp : settlement.resent != nil ? .resend : nil
  }

  /// What stands in the place of the values that may be tokens.
  package struct Tokens {
    fileprivate let callControl: FieldValue?
    fileprivate let clientState: FieldValue?

    subscript(field: Field) -> FieldValue? {
      switch field {
      case .callControlID: callControl
      case .clientState: clientState
      default: nil
      }
    }
  }

  package var tokens: Tokens {
    Tokens(
      callControl: callControl.map(FieldValue.string), clientState: (clientState?.pseudonym).map(FieldValue.string))
  }
}

extension Settlement.Outcome {
  var audited: AuditEntry.Outcome {
    switch self {
    case .done: .executed
    case .free: .notExecuted
    case .unknown: .unknown
    }
  }
}

extension JSONObject.WrittenMember {
  /// The value that Convene doesn't know.
  var shown: JSONValue {
    // Of a long one only the beginning is recorded, as it was written: so there is nothing to read in it.
    if text.count <= 2 * AuditText.maximum, let value = try? JSONValue.parse(text) { return value }
    return .string(String(decoding: text, as: UTF8.self))
  }
}
