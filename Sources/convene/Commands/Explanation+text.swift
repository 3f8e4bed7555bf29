internal import Conference
internal import Configuration
internal import Gateway
internal import Policy

extension Explanation {
  /// For people.
  ///
  /// - Parameter locate: where a rule stands.
  func text(locate: (NamedRule) -> String?) -> String {
    func named(_ rule: NamedRule) -> String {
      let place = locate(rule).map { " (\($0))" } ?? ""
      return "\(rule.name) of the \(rule.owner.rawValue)\(place)"
    }
    var text: [String] = []
    if let refusal {
      text.append("refused for team \(team): \(refusal.status) \(refusal.kind.rawValue)")
    } else {
      text.append("allowed for team \(team)")
    }
    var rows = lines.map { line in
      let by = line.rules.map(named).joined(separator: ", ")
      let why = line.changes.joined(separator: ", ") + (by.isEmpty ? "" : " by \(by)")
      return [line.field.name, line.asked?.description.shortened ?? "-", Self.becomes(line), why]
    }
    let fate = isUnknownForwarded ? "forwarded" : "refused"
    rows += unknown.map { [$0.shortened, "given", fate, "unknown to Convene"] }
    if unknownOmitted > 0 { rows.append(["\(unknownOmitted) more", "given", fate, "unknown to Convene"]) }
    if !rows.isEmpty { text += TextTable([["FIELD", "ASKED", "BECOMES", "WHY"]] + rows).lines(indent: 2) }
    if let refusal {
      text.append("why it is refused:")
      for fault in refusal.faults {
        let rule = fault.rule.flatMap { name in fault.owner.map { named(NamedRule(name: name, owner: $0)) } }
        text.append("  \(fault.code.rawValue) \(fault.detail)" + (rule.map { ": \($0)" } ?? ""))
      }
    } else {
      if let keylessJoin {
        text.append("has no key: an equal one of this caller's within \(keylessJoin.text) is the same")
      }
      text.append(limits.isEmpty ? "counts against no limit" : "counts against:")
      for limit in limits {
        text.append(
          "  \(limit.allow) every \(limit.every.text), burst \(limit.burst), per \(limit.per.rawValue): \(named(limit.named))"
        )
      }
    }
    return text.joined(separator: "\n")
  }

  private static func becomes(_ line: Line) -> String {
    if line.changes.contains("refused") { return "refused" }
    if let effective = line.effective { return effective.description.shortened }
    if line.changes.contains("generated") { return "a new one" }
    return line.field.specification.vendorDefault.map { "- (Telnyx assumes \($0))" } ?? "-"
  }
}
