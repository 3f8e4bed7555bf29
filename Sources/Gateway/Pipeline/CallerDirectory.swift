internal import Conference
internal import Crypto

/// Who may call: every team's callers, by what they show. Immutable, shared by all workers.
package final class CallerDirectory: Sendable {
  private let keys: [(digest: [UInt8], caller: AuthenticatedCaller)]
  private let users: [UInt32: AuthenticatedCaller]
  private let certificates: [CertificateName: AuthenticatedCaller]
  private let anonymous: AuthenticatedCaller?
  /// What each holds, by `TEAM/CALLER`.
  private let shares: [String: CallerShare]
  /// Of these teams and their limits, and of all that there were before.
  let teamNumbers: MetricNumbers
  let limitNumbers: MetricNumbers

  /// - Parameter previous: whose place it takes.
  package init(_ configuration: GatewayConfiguration, after previous: CallerDirectory? = nil) {
    var keys: [(digest: [UInt8], caller: AuthenticatedCaller)] = []
    var users: [UInt32: AuthenticatedCaller] = [:]
    var certificates: [CertificateName: AuthenticatedCaller] = [:]
    var anonymous: AuthenticatedCaller?
    var shares: [String: CallerShare] = [:]
    var teamNumbers = previous?.teamNumbers ?? MetricNumbers()
    var limitNumbers = previous?.limitNumbers ?? MetricNumbers()
    for team in configuration.teams {
      for caller in team.callers {
        let name = "\(team.name)/\(caller.name)"
        let share = previous?.shares[name] ?? CallerShare()
        shares[name] = share
        let authenticated = AuthenticatedCaller(
          caller, of: team, organizationLimits: configuration.limits, share: share,
          teamNumber: teamNumbers.number(of: team.name),
          limitNumbers: Dictionary(
            (configuration.limits + team.limits).map { ($0.name, limitNumbers.number(of: $0.name)) },
            uniquingKeysWith: { number, _ in number }))
        switch caller.credential {
        case .key(let digest): keys.append((digest, authenticated))
        case .unixUser(let uid): users[uid] = authenticated
        case .certificate(let name): certificates[name] = authenticated
        case .anonymous: anonymous = authenticated
        }
      }
    }
    self.keys = keys
    self.users = users
    self.certificates = certificates
    self.anonymous = anonymous
    self.shares = shares
    self.teamNumbers = teamNumbers
    self.limitNumbers = limitNumbers
  }

  /// A key, where one is shown, must be right: nobody becomes somebody else by a typing error. Without a key, the kernel's
  /// word for the Unix socket's other end counts, or the certificate that was shown; then the anonymous caller, if there is one.
  func authenticate(_ head: ArrivedHead) throws(Refusal) -> AuthenticatedCaller {
    guard let credential = head.fields.valueRange(of: "authorization") else {
      switch head.peer {
      case .unix(let uid): if let caller = users[uid] { return caller }
      case .tls(_, let certificate): if let caller = try owner(of: certificate) { return caller }
      case .tcp: break
      }
      if let anonymous { return anonymous }
      throw .unauthenticated
    }
    guard let digest = head.fields.digestOfBearerToken(credential) else { throw .unauthenticated }
    // Every digest is compared, each in constant time: how long it takes tells nothing of which one was near.
    var found: AuthenticatedCaller?
    for (expected, caller) in keys where Digest.areEqual(digest, expected) { found = caller }
    guard let found else { throw .unauthenticated }
    return found
  }

  /// A certificate may have several names, but only one owner.
  private func owner(of certificate: ClientCertificate) throws(Refusal) -> AuthenticatedCaller? {
    var found: AuthenticatedCaller?
    for name in certificate.names {
      guard let caller = certificates[name], caller !== found else { continue }
      guard found == nil else { throw .unauthenticated }
      found = caller
    }
    return found
  }
}

/// A caller who has shown who it is. Only `CallerDirectory` makes one.
///
/// A class, because each of a caller's requests carries it through all stages: a copy of its team's rules each time would
/// be dozens of retains.
package final class AuthenticatedCaller: Sendable {
  let team: Team
  let name: String
  /// What each of its commands counts against.
  let limits: [LimitCharge]
  let rateLimitPolicy: String
  /// Of each call, by its row.
  private let limitsByCall: [(charges: [LimitCharge], policy: String)]
  let organizationLimits: [LimitRule]
  let share: CallerShare
  /// Among the metrics.
  let teamNumber: Int
  /// Of each of its limits, by name.
  let limitNumbers: [String: Int]

  fileprivate init(
    _ caller: Caller, of team: Team, organizationLimits: [LimitRule], share: CallerShare, teamNumber: Int,
    limitNumbers: [String: Int]
  ) {
    self.team = team
    self.share = share
    self.teamNumber = teamNumber
    self.limitNumbers = limitNumbers
    name = caller.name
    self.organizationLimits = organizationLimits
    // A rule of the organization and one of the team may have the same name: they are counted apart.
    let charges = (organizationLimits + team.limits).map { Self.charge($0, team: team.name, caller: caller.name) }
    limitsByCall = ConferenceCall.allCases.map { call in
      let charges = charges.filter { $0.rule.calls.contains(call) }
      return (charges, charges.map(\.rule).rateLimitPolicy)
    }
    (limits, rateLimitPolicy) = limitsByCall[ConferenceCall.create.index]
  }

  func limits(of call: ConferenceCall) -> [LimitCharge] { limitsByCall[call.index].charges }
  func rateLimitPolicy(of call: ConferenceCall) -> String { limitsByCall[call.index].policy }

  private static func charge(_ rule: LimitRule, team: String, caller: String) -> LimitCharge {
    let counted =
      switch rule.per {
      case .organization: ""
      case .team: "\(team)/"
      case .caller: "\(team)/\(caller)/"
      }
    return LimitCharge(rule: rule, key: "\(rule.owner.rawValue)/\(rule.per.rawValue)/\(counted)\(rule.name)")
  }
}
