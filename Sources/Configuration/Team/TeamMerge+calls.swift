internal import Conference
internal import Gateway
internal import Policy

extension TeamMerge {
  /// The organization's, as far as the team doesn't say it closer.
  func calls(_ file: TeamFile) -> CallRules {
    let organization = gateway.calls
    let allowed = organization?.allowed ?? CallRules.createAlone.allowed
    let scope = organization?.scope?.scope ?? CallRules.createAlone.scope
    for name in file.calls?.allow?.names ?? [] {
      let loose = name.calls.filter { !allowed.contains($0) }.map(\.name)
      guard !loose.isEmpty else { continue }
      file.reader.report(
        name.position,
        "calls.allow: not allowed by the organization: \(loose.joined(separator: ", ")); it allows"
          + " \(organization?.allowText ?? ReadCalls.createAlone) (\(place(organization?.allow?.position)))")
    }
    if let own = file.calls?.scope, own.scope > scope {
      file.reader.report(
        own.position,
        "calls.scope must be no wider than the organization's, \(scope.rawValue)"
          + " (\(place(organization?.scope?.position))), is \(own.scope.rawValue)")
    }
    let own = file.calls?.allowed
    return CallRules(
      allowed: own ?? allowed, scope: file.calls?.scope?.scope ?? scope, owner: own == nil ? .organization : .team)
  }

  /// Of the organization's file alone, where it doesn't say what holds.
  private func place(_ position: Position?) -> String {
    position.map(gateway.reader.place) ?? gateway.reader.file
  }
}

extension ReadCalls {
  fileprivate static let createAlone = "create alone"

  /// As the file has it.
  fileprivate var allowText: String {
    guard let names = allow?.names, !names.isEmpty else { return Self.createAlone }
    return names.map(\.name).joined(separator: ", ")
  }
}
