/// Every call to the conference API but the creates, in the order in which they arrived, for a test to compare with what it sent.
///
/// The creates have the journal, whose form is older and only has what was executed.
struct CallLog: Sendable {
  private var calls: [LoggedCall] = []
  /// The first one's number. Numbers go on after the log was emptied, so that a call that was on its way meanwhile is not taken
  /// for another.
  private var first = 0

  /// - Returns: the call's number.
  mutating func add(_ call: LoggedCall) -> Int {
    calls.append(call)
    return first + calls.count - 1
  }

  mutating func note(_ outcome: CallOutcome, of number: Int) {
    if calls.indices.contains(number - first) { calls[number - first].outcome = outcome }
  }

  mutating func removeAll() {
    first += calls.count
    calls = []
  }

  /// - Parameters:
  ///   - start: how many calls to leave out.
  ///   - conference: whose calls; nil = all.
  func text(since start: Int, of conference: String?) -> [UInt8] {
    var text = Array(#"{"received":["#.utf8)
    var needsComma = false
    for call in calls.dropFirst(start) where conference == nil || call.conferenceID == conference {
      if needsComma { text.append(UInt8(ascii: ",")) }
      text += call.text
      needsComma = true
    }
    return text + Array(#"],"calls":\#(calls.count)}"#.utf8)
  }
}
