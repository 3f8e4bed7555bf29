package import Conference
internal import JSON

/// What the rules that hold for a team's creates make of its other calls.
///
/// A class: each request asks for it, and it is never changed.
package final class CallPolicy: Sendable {
  private let policy: EffectivePolicy
  private let rules: CallRules
  /// Of each call, by its row: the rules that hold in it as in a create; nil = there are none.
  private let asInCreate: [EffectivePolicy?]

  package init(_ policy: EffectivePolicy, _ rules: CallRules) {
    self.policy = policy
    self.rules = rules
    asInCreate = ConferenceCall.allCases.map { call in
      let fields = call.specification.fields.compactMap { field in
        if case .asInCreate(let other) = field.meaning { other } else { nil }
      }
      let own = policy.rules.filter { fields.contains($0.field) }
      return own.isEmpty ? nil : EffectivePolicy(rules: own, unknownFields: .forward, unknownFieldsOrigin: nil)
    }
  }

  /// Whether the team may make this call at all.
  package func check(_ call: ConferenceCall) throws(Refusal) {
    guard rules.allowed.contains(call) else { throw .policy([notAllowed("\(call.name) is not allowed for your team")]) }
  }

  /// Judges a sound body: what must lie within the rules does, and what holds as in a create is set as there.
  ///
  /// - Throws: one `Refusal` with every fault there is.
  package func decide(_ body: CallBody, of call: ConferenceCall) throws(Refusal) -> CallDecision {
    var faults = body.limited.flatMap { policy.faults(of: $0.value, in: $0.field, as: $0.of) }
    if let field = body.speaksAudio { faults += policy.speechFaults(field) }
    if !rules.allowed.contains(.update) { faults += body.listening.map(notAllowed) }
    if policy.unknownFields == .reject { faults += policy.unknownFaults(of: body.unknown) }
    let account = asInCreate[call.index]?.account(of: body.asInCreate)
    faults += account?.faults ?? []
    guard faults.isEmpty else { throw .policy(faults) }
    let changes = (account?.changes ?? []).map(\.change).filter { $0.kind != .noEffect }
    guard let account, !changes.isEmpty else { return CallDecision(body: body.text, changes: []) }
    return CallDecision(body: try body.writing(account.command), changes: changes)
  }

  private func notAllowed(_ field: CallField) -> Fault {
    var fault = notAllowed(
      "\(field.name) makes somebody listen in, which is not allowed for your team (\(ConferenceCall.update.name))")
    fault.pointer = field.pointer
    return fault
  }

  private func notAllowed(_ detail: String) -> Fault {
    Fault(.forbidden, detail, rule: CallRules.allowRule, owner: rules.owner)
  }
}

/// What policy made of another call than the create.
package struct CallDecision: Sendable {
  /// To send: the caller's own bytes where nothing was changed.
  package let body: [UInt8]
  package let changes: [Decision.Change]
}

extension EffectivePolicy {
  /// What is wrong with a value where it may say what it could say in a field of the create, and nothing is set in its place.
  fileprivate func faults(of value: FieldValue, in field: CallField, as other: Field) -> [Fault] {
    var faults: [Fault] = []
    if forbidding.contains(other) { faults.append(fault(field, "must not be given", other, .forbid)) }
    for setting in forcing {
      if setting.field == other, setting.value != value {
        faults.append(fault(field, "must be what policy sets for \(other.name)", other, .force))
      }
      if setting.field == other.excluded {
        faults.append(fault(field, "must not be given: policy sets \(setting.field.name)", setting.field, .force))
      }
    }
    for limits in limiting where limits.field == other {
      for violation in limits.violations(of: value) {
        faults.append(fault(field, violation.detail, other, violation.kind, violation.ordinal))
      }
    }
    return faults
  }

  /// Where there is any rule of audio, none may be named in what is spoken: nobody judges it there.
  fileprivate func speechFaults(_ field: CallField) -> [Fault] {
    guard let rule = rules.first(where: { $0.field == .holdAudioURL || $0.field == .holdMediaName }),
      let kind = rule.rule.kinds.first
    else { return [] }
    return [
      fault(field, "must not have markup in it that could play audio: policy has rules of that", rule.field, kind)
    ]
  }

  fileprivate func unknownFaults(of names: [String]) -> [Fault] {
    var faults = names.prefix(Fault.mostUnknown).map { name in
      Fault(
        .forbidden, "is a field that Convene doesn't know; policy allows known fields only",
        pointer: Fault.pointer(to: name)
      ).under(unknownFieldsRule)
    }
    let rest = names.count - faults.count
    if rest > 0 { faults.append(Fault(.forbidden, "\(rest) more fields are unknown as well").under(unknownFieldsRule)) }
    return faults
  }

  private func fault(
    _ field: CallField, _ detail: String, _ other: Field, _ kind: RuleKind, _ ordinal: Int = 0
  ) -> Fault {
    Fault(.forbidden, detail).at(field).under(rule(other, kind, ordinal))
  }
}

extension CallBody {
  /// The same body with what a create's rules made of what it says as one.
  fileprivate func writing(_ command: ConferenceCommand) throws(Refusal) -> [UInt8] {
    let members: [JSONObject.WrittenMember]
    do throws(JSONError) {
      members = try JSONObject.writtenMembers(of: text)
    } catch {
      throw .malformed(error.message)
    }
    var writer = JSONWriter(capacity: text.count + 64)
    writer.beginObject()
    for member in members where !Field.all.contains(where: { command.has($0) && $0.name.hasSameBytes(as: member.key) })
    {
      writer.key(named: member.key)
      writer.value(json: member.text)
    }
    for field in Field.all {
      guard let value = command[field] else { continue }
      writer.key(field.specification.key)
      value.write(to: &writer)
    }
    writer.endObject()
    return writer.bytes
  }
}
