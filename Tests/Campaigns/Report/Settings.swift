/// How much a campaign does.
struct Settings: Sendable {
  /// Nil: as many as the campaign thinks fit.
  var cases: Int?
  var seed: UInt64
  /// Cases at a time.
  var jobs: Int
  /// The name of the one case to run, as a violation tells it.
  var only: String?
  /// A directory for what the gateways of a fleet said in a case with a violation.
  var logs: String?

  var isPart: Bool { cases != nil || only != nil }
}
