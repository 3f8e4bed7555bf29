/// What a call to the conference API is, as far as faults go: each kind has a plan of its own, so that a look for what became of
/// a create never uses up the fault that another create was to meet.
enum CallKind: String, CaseIterable, Sendable {
  case create = "creates"
  /// A conference's actions, and changes of a participant.
  case action = "actions"
  case read = "reads"
}

extension RequestHead {
  /// Nil for what is no call to the conference API.
  var callKind: CallKind? {
    let path = target.path
    guard path.first == "conferences" else { return nil }
    switch (method, path.count) {
    case ("POST", 1): return .create
    case ("POST", _) where action != nil: return .action
    case ("PATCH", 4) where path[2] == "participants": return .action
    case ("GET", _): return .read
    default: return nil
    }
  }

  /// What the path names as an action of a conference, whether or not there is such an action.
  var action: String? {
    let path = target.path
    return path.count == 4 && path[0] == "conferences" && path[2] == "actions" ? path[3] : nil
  }

  /// Whether this is the one call that the journal is about.
  var isCreate: Bool { callKind == .create }
}
