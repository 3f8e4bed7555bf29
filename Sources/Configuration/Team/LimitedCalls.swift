internal import Conference
internal import Gateway
internal import Policy

/// Limits for calls that may not be made by whom they count.
enum LimitedCalls {
  /// The organization's are judged by what it allows itself: elsewhere its file may stand beside other teams' files.
  ///
  /// - Parameter teams: as they came of the files.
  static func check(_ gateway: GatewayFile, teams files: [TeamFile], _ teams: [Team]) {
    let allowed = gateway.calls?.allowed ?? .create
    check(gateway.limits, allowed, "no team may make", gateway.reader)
    for file in files {
      guard let team = teams.first(where: { $0.name == file.name }) else { continue }
      check(file.limits, team.calls.allowed, "this team may not make", file.reader)
    }
  }

  private static func check(_ limits: [ReadLimit], _ allowed: CallSet, _ fault: String, _ reader: FileReader) {
    for name in limits.flatMap(\.names) where !name.calls.contains(where: allowed.contains) {
      let isOne = name.calls.count == 1
      reader.diagnostics.warn(
        reader.file, name.position,
        "limits.for: \(name.name) \(isOne ? "is a call" : "are calls") that \(fault) (calls.allow)")
    }
  }
}
