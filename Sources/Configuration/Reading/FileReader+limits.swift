internal import Conference
internal import Gateway

extension FileReader {
  static let limitKeys = ["name", "per", "allow", "every", "burst", "for"]
  static let limitCounts = 1...1_000_000
  static let limitPeriods: ClosedRange<Duration> = .milliseconds(1) ... .seconds(366 * 86_400)

  /// - Parameter owner: whose file it is. A team's limit can't count all the organization's requests together.
  func limits(_ value: YAMLValue, of owner: Fault.Owner) -> [ReadLimit] {
    // No limits is what a file without the key says as well.
    if case .sequence(let elements) = value.content, elements.isEmpty { return [] }
    var limits: [ReadLimit] = []
    for element in list(value, "limits") {
      guard let section = section(element, "limits", known: Self.limitKeys) else { continue }
      let name = section.required("name").flatMap { identifier($0, "limits.name") }
      let per = section.required("per").flatMap { choice($0, "limits.per", LimitRule.Scope.self) }
      let allow = section.required("allow").flatMap { integer($0, "limits.allow", in: Self.limitCounts) }
      let every = section.required("every").flatMap { duration($0, "limits.every", in: Self.limitPeriods) }
      let burst = section.integer("burst", in: Self.limitCounts)
      let counted = section["for"].flatMap(limitedCalls)
      if let name, let place = section["name"], let first = limits.first(where: { $0.rule.name == name }) {
        report(place, "limits: there is a limit named \(name) already (\(self.place(first.position)))")
      }
      if per == .organization, owner != .organization, let place = section["per"] {
        report(place, "limits.per: organization stands only in the organization's own file")
      }
      guard let name, let per, let allow, let every else { continue }
      if let burst, burst < allow, let place = section["burst"] {
        diagnostics.warn(
          file, place.position,
          "limits.burst: \(burst) is below allow: no more than \(burst) pass at once, though \(allow) are allowed every"
            + " \(every.text)")
      }
      let rule = LimitRule(
        name: name, per: per, owner: owner, allow: allow, every: every, burst: burst ?? allow,
        calls: counted?.calls ?? .create)
      limits.append(
        ReadLimit(rule: rule, position: section["name"]?.position ?? element.position, names: counted?.names ?? []))
    }
    return limits
  }
}

/// A limit, and where its name stands.
struct ReadLimit {
  let rule: LimitRule
  let position: Position
  /// Of the calls that it counts; none where it doesn't say, or says all.
  let names: [NamedCalls]
}
