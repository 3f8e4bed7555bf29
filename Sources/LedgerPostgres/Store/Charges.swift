internal import Gateway
internal import JSON

/// What the limits said to admissions, and what was charged in vain.
struct Charges {
  struct Verdict {
    let statuses: [LimitStatus]
    /// nil = charged.
    let refusing: LimitStatus?
    let keys: [String]
    var isUsed = false
  }

  private var verdicts: [ByteString: Verdict] = [:]
  /// Requests by limit that were charged and not admitted.
  private var credits: [String: Int64] = [:]

  subscript(id: ByteString) -> Verdict? { verdicts[id] }

  mutating func note(_ verdict: Verdict, for id: ByteString) { verdicts[id] = verdict }

  /// The admission is among those that this transaction inserts.
  mutating func use(_ id: ByteString) { verdicts[id]?.isUsed = true }

  /// What was charged stays so.
  mutating func commit() {
    if !verdicts.values.allSatisfy(\.isUsed) {
      verdicts = verdicts.filter { !$0.value.isUsed }
      keepOnly([])
    }
    verdicts.removeAll(keepingCapacity: true)
  }

  mutating func rollBack() {
    for id in verdicts.keys { verdicts[id]?.isUsed = false }
  }

  /// The next batch has these; what was charged for others is given back.
  mutating func keepOnly(_ admissions: [Admission]) {
    guard !verdicts.isEmpty else { return }
    let ids = Set(admissions.lazy.map { ByteString($0.commandID) })
    for (id, verdict) in verdicts where !ids.contains(id) { drop(verdict, of: id) }
    // A refusal is asked for anew.
    for (id, verdict) in verdicts where verdict.refusing != nil { verdicts[id] = nil }
  }

  mutating func giveBack(_ id: ByteString) {
    if let verdict = verdicts[id] { drop(verdict, of: id) }
  }

  private mutating func drop(_ verdict: Verdict, of id: ByteString) {
    verdicts[id] = nil
    guard verdict.refusing == nil else { return }
    for key in verdict.keys { credits[key, default: 0] += 1 }
  }

  /// With the next charge of this limit.
  mutating func takeCredit(of key: String) -> Int64 { credits.removeValue(forKey: key) ?? 0 }
}
