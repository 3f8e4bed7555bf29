/// What the settings say about one create as it arrives, taken in one look.
struct Admission: Sendable {
  let fault: Fault
  let isAuthentic: Bool
  /// How far the rate is used up, or nil where there is none.
  let rate: RateWindow.Standing?
  /// How far back a command id counts as the same.
  let dedupe: Duration
  let namesAreUnique: Bool
  let nameForm: NameForm
  /// Whose conference it will be alone; nil = everybody's.
  let owner: String?
}
