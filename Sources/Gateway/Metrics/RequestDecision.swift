internal import Conference

/// What became of a caller's request, as the metrics have it: the record's word, and one each for what has no record.
enum RequestDecision: Int, CaseIterable {
  case forwarded, replayed, refused, limited, conflict, explained, inspected, passed

  var label: String { "\(self)" }

  /// What the ledger's no is called in the record.
  init(_ refusal: Refusal) {
    switch refusal.kind {
    case .limited: self = .limited
    case .otherBody, .inFlight, .undecided: self = .conflict
    default: self = .refused
    }
  }

  var isRefusal: Bool {
    switch self {
    case .refused, .limited, .conflict: true
    case .forwarded, .replayed, .explained, .inspected, .passed: false
    }
  }
}
