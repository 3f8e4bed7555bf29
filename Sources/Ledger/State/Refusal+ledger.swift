internal import Conference
internal import Gateway

/// What the ledger says no with.
extension Refusal {
  static let otherBody = Refusal(
    .otherBody, faults: [Fault(.unprocessable, "this command_id was used before, with another body")])

  static let idInUse = Refusal(
    .otherBody, faults: [Fault(.unprocessable, "this command_id can't be used; choose another one")])

  static func inFlight(_ commandID: String) -> Refusal {
    Refusal(
      .inFlight, faults: [Fault(.beingProcessed, "a request with this command_id is still being processed")],
      // The first one came sooner, and so does its deadline.
      retryAfter: 1, operation: Operation.path(of: commandID))
  }

  /// - Parameter wait: until Telnyx is asked again, as far as is known.
  static func undecided(_ commandID: String, wait: Duration) -> Refusal {
    Refusal(
      .undecided,
      faults: [
        Fault(.beingProcessed, "this command was sent before and nobody can tell yet whether it was executed")
      ], retryAfter: wait.wholeSecondsForRetry, operation: Operation.path(of: commandID))
  }

  static func limited(_ status: LimitStatus) -> Refusal {
    let rule = status.rule
    return Refusal(
      .limited,
      faults: [
        Fault(
          .tooManyRequests, "the limit \(rule.name) of this \(rule.per.rawValue) is used up",
          rule: rule.refusalName, owner: rule.owner)
      ], retryAfter: min(max(status.retryAfter, 1), 60))
  }
}
