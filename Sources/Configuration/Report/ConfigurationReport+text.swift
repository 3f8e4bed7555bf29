internal import Conference
internal import Gateway
internal import Policy

extension ConfigurationReport {
  /// For people, with a newline at the end: the process in a few lines, then each team's callers, limits and policy.
  package var text: String {
    var lines = ["configuration \(configuration.revision) of \(configuration.organization)", ""]
    let listen = configuration.server.listen.map(\.text).joined(separator: ", ")
    let tokens = configuration.upstream.tokens.map(\.text).joined(separator: ", then ")
    let proxy = configuration.upstream.proxy.map { ", by the proxy \($0.url)" } ?? ""
    var process =
      [
        ["listen", listen],
        ["admin", configuration.admin?.listen.description ?? "none"],
        ["upstream", "\(configuration.upstream.url)\(proxy), token from \(tokens)"],
      ] + ledger
    if let tracing = configuration.tracing {
      process.append(["tracing", "\(tracing.endpoint), \(tracing.ratio) of what no caller decides"])
    }
    if configuration.audit.reads == .each { process.append(["reads", "each has a record of its own"]) }
    if !secretsChecked { process.append(["secrets", "not looked at"]) }
    process += configuration.limits.map { ["limit \($0.name)", $0.text] }
    lines += TextTable(process).lines(indent: 0)
    for team in configuration.teams { lines += [""] + text(of: team) }
    return lines.joined(separator: "\n") + "\n"
  }

  private var ledger: [[String]] {
    let perProcess = ["", "command ids and limits hold per ledger: each replica with one of its own has its own"]
    switch configuration.ledger.place {
    case .file(let path): return [["ledger", path], perProcess]
    case .memory: return [["ledger", "in memory: nothing survives the process"], perProcess]
    case .postgres(let place):
      let password = place.password.map { ", password from \($0.text)" } ?? ""
      return [
        [
          "ledger",
          "database \(place.database) at \(place.hostList), \(place.tls.rawValue), as \(place.user)\(password)",
        ],
        ["", "schema \(place.schema), as replica \(place.replica)"],
        ["", "command ids and limits hold for all replicas together"],
      ]
    }
  }

  private func text(of team: Team) -> [String] {
    let callers = team.callers.map { ["caller \($0.name)", "\($0.credential.kind) \($0.credential.hint)"] }
    let limits = team.limits.map { ["limit \($0.name)", $0.text] }
    let keyless = team.keylessJoin.map { [["keyless", "equal creates within \($0.text) are one"]] } ?? []
    let calls = team.calls.isCreateAlone ? [] : [["calls", team.calls.text]]
    let policy = [["FIELD", "TYPE", "IF ABSENT", "RULES"]] + team.policy.rows.map(cells)
    return ["team \(team.name)"] + TextTable(callers + limits + calls + keyless).lines(indent: 2)
      + [""] + TextTable(policy).lines(indent: 2)
  }

  private func cells(_ row: PolicyRow) -> [String] {
    let absent = row.fill.map { "\($0.text) (\($0.origin))" } ?? row.assumed.map { "\($0) (Telnyx)" } ?? "-"
    let rules = row.parts.filter { $0.kind != .default }.map { part in
      let word = part.kind == .unknownFields ? "" : "\(part.kind.rawValue) "
      return "\(word)\(part.text) (\(part.origin))"
    }
    return [row.name, row.type, absent, rules.isEmpty ? "-" : rules.joined(separator: "; ")]
  }
}
