internal import Gateway
internal import Policy

/// Puts each team's rules within the organization's.
struct TeamMerge {
  let gateway: GatewayFile

  init(_ gateway: GatewayFile) { self.gateway = gateway }

  /// The teams whose rules hold together. Conflicts are reported, with both lines where there are two.
  func merge(_ files: [TeamFile]) -> [Team] {
    // Alone first: the organization's own mistakes are told even where there is no team.
    do {
      _ = try EffectivePolicy.merging(organization: gateway.policy.layer, team: nil)
    } catch {
      report(error, team: nil)
    }
    var teams: [Team] = []
    for file in files {
      // Judged whatever the policy is like: all errors are told at once.
      let (join, calls) = (join(file), calls(file))
      do {
        let policy = try EffectivePolicy.merging(organization: gateway.policy.layer, team: file.policy.layer)
        teams.append(
          Team(
            name: file.name ?? "", callers: file.callers.map(\.caller), policy: policy,
            limits: file.limits.map(\.rule), keylessJoin: join, calls: calls))
      } catch {
        report(error, team: file.policy)
      }
    }
    return teams
  }

  /// The longer it is, the fewer creates pass: so a team may set it, and make it longer.
  private func join(_ file: TeamFile) -> Duration? {
    guard let own = file.keyless, let organization = gateway.keyless else {
      return (file.keyless ?? gateway.keyless)?.time
    }
    if own.time < organization.time {
      file.reader.report(
        own.position,
        "keyless.join must be at least the organization's, \(organization.time.text)"
          + " (\(gateway.reader.place(organization.position))), is \(own.time.text)")
    }
    return own.time
  }

  private func report(_ conflicts: PolicyConflicts, team: ReadPolicy?) {
    for conflict in conflicts.conflicts {
      let (file, position) = locate(conflict.place, team)
      let other = conflict.other.map { place in
        let (file, position) = locate(place, team)
        return " (\(file):\(position.line):\(position.column))"
      }
      gateway.reader.diagnostics.report(file, position, conflict.message + (other ?? ""))
    }
  }

  private func locate(_ place: PolicyConflict.Place, _ team: ReadPolicy?) -> (file: String, position: Position) {
    let policy = place.origin == .organization ? gateway.policy : team ?? gateway.policy
    return (policy.file, policy.position(of: place) ?? .start)
  }
}
