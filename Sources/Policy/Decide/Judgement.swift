internal import Conference
internal import JSON

/// A command on its way through the rules: what it has become, what was changed, and what is wrong with it.
struct Judgement {
  /// As the caller gave it.
  private let asked: ConferenceCommand
  private var command: ConferenceCommand
  private var changes: [Decision.Change] = []
  private var faults: [Fault] = []

  init(_ command: ConferenceCommand) {
    asked = command
    self.command = command
  }

  mutating func force(_ rule: FieldRule) {
    guard let value = rule.force else { return }
    let field = rule.field
    if let other = field.excluded, asked[other] != nil {
      // Told of the field that the caller can take back.
      faults.append(
        Fault(.forbidden, "\(other.name) must not be given: policy sets \(field.name)", pointer: other.pointer)
          .under(field, .force))
    }
    guard command[field] != value else { return }
    change(field, .forced, to: value)
  }

  mutating func forbid(_ rule: FieldRule) {
    guard rule.forbid == true, command[rule.field] != nil else { return }
    refuse(rule.field, .forbid, "must not be given")
    // Its other rules have nothing to add, and no sibling's default should wait for it.
    command[rule.field] = nil
  }

  mutating func fill(_ rule: FieldRule) {
    guard let value = rule.default, command[rule.field] == nil else { return }
    if let other = rule.field.excluded, command[other] != nil { return }
    change(rule.field, .default, to: value)
  }

  mutating func require(_ rule: FieldRule) {
    guard rule.require == true, command[rule.field] == nil else { return }
    refuse(rule.field, .require, "is required")
  }

  mutating func limit(_ rule: FieldRule) {
    let field = rule.field
    guard let value = command.effective(field) else { return }
    if let nearest = rule.clamped(value) { change(field, .clamped, to: nearest) }
    for violation in rule.violations(of: command.effective(field) ?? value) {
      let assumed = command[field] == nil ? " (Telnyx assumes \(value) where it is not given)" : ""
      refuse(field, violation.kind, violation.detail + assumed)
    }
  }

  mutating func rejectUnknown() {
    for member in command.unknown.prefix(Self.unknownFaults) {
      faults.append(
        Fault(
          .forbidden, "is a field that Convene doesn't know; policy allows known fields only",
          pointer: "/" + member.key.escapedForPointer, rule: RuleKind.unknownFields.rawValue))
    }
    let rest = command.unknown.count - Self.unknownFaults
    if rest > 0 {
      faults.append(
        Fault(.forbidden, "\(rest) more fields are unknown as well", rule: RuleKind.unknownFields.rawValue))
    }
  }

  mutating func warn() {
    for field in Field.all {
      guard let condition = field.condition, let value = command[field],
        command.effective(condition.field) != condition.value
      else { continue }
      changes.append(Decision.Change(field: field, kind: .noEffect, asked: asked[field], effective: value))
    }
  }

  consuming func decision() throws(Refusal) -> Decision {
    guard faults.isEmpty else { throw .policy(faults) }
    guard changes.count > 1 else { return Decision(command: command, changes: changes) }
    // The table's order; of one field, the warning is told last, which it is by a sort that keeps what is in order.
    var sorted: [Decision.Change] = []
    sorted.reserveCapacity(changes.count)
    for change in changes {
      let place = sorted.lastIndex { $0.field.index <= change.field.index }
      sorted.insert(change, at: place.map { $0 + 1 } ?? 0)
    }
    return Decision(command: command, changes: sorted)
  }

  /// A body full of unknown members is not answered with a reply many times its size.
  private static let unknownFaults = 32

  private mutating func change(_ field: Field, _ kind: Decision.Change.Kind, to value: FieldValue) {
    command[field] = value
    changes.append(Decision.Change(field: field, kind: kind, asked: asked[field], effective: value))
  }

  private mutating func refuse(_ field: Field, _ kind: RuleKind, _ detail: String) {
    faults.append(Fault(.forbidden, detail).at(field).under(field, kind))
  }
}

extension Fault {
  fileprivate func under(_ field: Field, _ kind: RuleKind) -> Fault {
    var fault = self
    fault.rule = "\(field.name).\(kind.rawValue)"
    return fault
  }
}

extension String {
  /// RFC 6901, section 3.
  fileprivate var escapedForPointer: String {
    var bytes: [UInt8] = []
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "~"): bytes.append(contentsOf: "~0".utf8)
      case UInt8(ascii: "/"): bytes.append(contentsOf: "~1".utf8)
      default: bytes.append(byte)
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}
