package import Conference
internal import Crypto
package import Policy

/// Another call than a create, asking the ledger whether it may be passed on: whose conference it is about, and whether the limits
/// allow it, is decided there, at once.
package final class CallAdmission: Sendable {
  package let call: ConferenceCall
  /// nil where it is about no single one.
  package let conferenceID: String?
  package let team: String
  package let scope: CallRules.Scope
  /// Why nothing can be sent now, or nil.
  package let unavailability: Refusal?
  /// What its limits are charged for, all or none; nil = it has none.
  package let charge: Admission?
  package let audit: AuditedRequest

  package init(
    call: ConferenceCall, conferenceID: String?, team: String, caller: String, scope: CallRules.Scope,
    limits: [LimitCharge], unavailability: Refusal?, audit: AuditedRequest
  ) {
    self.call = call
    self.conferenceID = conferenceID
    self.team = team
    self.scope = scope
    self.unavailability = unavailability
    self.audit = audit
    // Limits are counted by commands. This one's id is nobody's.
    charge =
      limits.isEmpty
      ? nil
      : Admission(
        commandID: "call/\(Randomness.uuid())", team: team, caller: caller, fingerprint: [], body: [],
        token: TokenDigest(bytes: []), conferenceName: "", region: nil, limits: limits, unavailability: nil,
        isKeyless: false, retryCount: 0, audit: audit)
  }

  /// - Parameter owner: of its conference; nil = nobody knows one.
  package func mayBeAbout(_ owner: ConferenceOwner?) -> Bool {
    guard conferenceID != nil else { return true }
    return owner.isWithin(scope, of: team)
  }
}

/// Who has made a conference, and with which token.
package struct ConferenceOwner: Sendable, Equatable {
  package let team: String
  /// nil = nobody knows.
  package let token: TokenDigest?

  package init(team: String, token: TokenDigest?) {
    self.team = team
    self.token = token
  }
}

extension ConferenceOwner? {
  package func isWithin(_ scope: CallRules.Scope, of team: String) -> Bool {
    switch scope {
    case .own: self?.team.utf8.elementsEqual(team.utf8) ?? false
    case .organization: self != nil
    case .any: true
    }
  }
}

/// Which of these conferences a team may see.
package final class ConferenceQuestion: Sendable {
  package let conferenceIDs: [String]
  package let team: String
  package let scope: CallRules.Scope

  package init(_ conferenceIDs: [String], team: String, scope: CallRules.Scope) {
    self.conferenceIDs = conferenceIDs
    self.team = team
    self.scope = scope
  }
}
