internal import EventLoop

@testable internal import Gateway

extension FuzzTarget {
  /// What is answered to each look-up, as `ScriptedOutcomes` reads it. Its settings say what isn't known: `n` how long ago the
  /// command was sent, `o` what other commands have; `r` says that it named no region.
  ///
  /// 1. It comes to a conclusion, after no more look-ups than it may make.
  /// 2. A conference is found only where the last reply describes it, and what came before says that it is the command's.
  /// 3. None is there only where that is proved, see `LookUpTranscript`.
  static func checkLookUp(_ input: [UInt8]) throws(Violation) {
    var outcomes = ScriptedOutcomes(input)
    let settings = outcomes.settings()
    func isSet(_ flag: Unicode.Scalar) -> Bool { settings.contains(UInt8(ascii: flag)) }
    var now = MonotonicTime(nanoseconds: 100_000_000_000)
    var transcript = LookUpTranscript(
      others: isSet("o") ? [] : ["c-other"], firstSent: 1_800_000_000, knowsElapsed: !isSet("n"))
    var reconciliation = Reconciliation(
      Reconciliation.Subject(
        name: "standup", callControlID: "v3:x", region: isSet("r") ? nil : "US",
        firstSent: WallTime(microseconds: transcript.firstSent * 1_000_000),
        sent: transcript.knowsElapsed ? now : nil, others: transcript.others))
    var action = reconciliation.begin()
    while case .look(let path) = action {
      try require(transcript.looks.count < Reconciliation.mostLooks, "there are no more look-ups than may be")
      try require(path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F } && path.hasPrefix("/conferences"), "a path is a path")
      let outcome = outcomes.next()
      now = now + .seconds(10)
      transcript.looks.append(
        LookUpTranscript.Look(path: path, outcome: outcome, after: Int64(transcript.looks.count + 1) * 10))
      action = reconciliation.lookedUp(outcome, at: now)
    }
    guard case .conclude(let conclusion) = action else { return }
    switch conclusion {
    case .unclear: return
    case .found(let reply, let id):
      try transcript.requireProofOfPresence(id, reply, call: "v3:x", name: "standup")
    case .absent: try transcript.requireProofOfAbsence()
    }
  }
}
