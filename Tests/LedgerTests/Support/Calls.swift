import Conference
import Gateway
import Ledger
import Policy

/// Another call than a create, of team `support` where nothing else is said.
func call(
  _ call: ConferenceCall = .mute, about conferenceID: String? = "conference", team: String = "support",
  scope: CallRules.Scope = .own, limits: [LimitCharge] = [], unavailability: Refusal? = nil
) -> LedgerRequest {
  .pass(
    CallAdmission(
      call: call, conferenceID: conferenceID, team: team, caller: "dialer", scope: scope, limits: limits,
      unavailability: unavailability, audit: AuditedRequest(callEntry(call, about: conferenceID, team: team))))
}

/// What came of it.
func closing(_ call: ConferenceCall = .mute, about conferenceID: String? = "conference", note: Int64) -> LedgerRequest {
  var entry = callEntry(call, about: conferenceID, team: "support")
  entry.decision = .passed
  entry.status = 200
  if !call.isRead { entry.outcome = .executed }
  return .close(entry, note: note)
}

private func callEntry(_ call: ConferenceCall, about conferenceID: String?, team: String) -> AuditEntry {
  var audit = entry()
  audit.team = team
  audit.caller = "dialer"
  audit.call = call
  audit.conferenceID = conferenceID
  return audit
}

extension LedgerAnswer {
  var isPassed: Bool { note != nil }
  /// Of a call that may be passed on.
  var note: Int64? { if case .passed(_, let note, _) = self { note } else { nil } }
  var token: TokenDigest? { if case .passed(let token, _, _) = self { token } else { nil } }
  var visible: [String]? { if case .visible(let conferenceIDs) = self { conferenceIDs } else { nil } }
}

extension StoredLedger {
  /// From now on it is remembered whose conferences are, or no longer.
  func allowOtherCalls(_ allows: Bool = true) {
    announce(
      StartedConfiguration(
        effective: EffectiveConfiguration(teams: [], limits: []), files: [], version: "1", allowsOtherCalls: allows))
  }
}
