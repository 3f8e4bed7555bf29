internal import Conference
internal import Crypto

/// Who may call: every team's callers, by what they show. Immutable, shared by all workers.
package final class CallerDirectory: Sendable {
  private let keys: [(digest: [UInt8], caller: AuthenticatedCaller)]
  private let users: [UInt32: AuthenticatedCaller]
  private let anonymous: AuthenticatedCaller?

  package init(_ configuration: GatewayConfiguration) {
    var keys: [(digest: [UInt8], caller: AuthenticatedCaller)] = []
    var users: [UInt32: AuthenticatedCaller] = [:]
    var anonymous: AuthenticatedCaller?
    for team in configuration.teams {
      for caller in team.callers {
        let authenticated = AuthenticatedCaller(caller, of: team, organizationLimits: configuration.limits)
        switch caller.credential {
        case .key(let digest): keys.append((digest, authenticated))
        case .unixUser(let uid): users[uid] = authenticated
        case .anonymous: anonymous = authenticated
        }
      }
    }
    self.keys = keys
    self.users = users
    self.anonymous = anonymous
  }

  /// A key, where one is shown, must be right: nobody becomes somebody else by a typing error. Without a key, the kernel's
  /// word for the Unix socket's other end counts; then the anonymous caller, if there is one.
  func authenticate(_ head: ArrivedHead) throws(Refusal) -> AuthenticatedCaller {
    guard let credential = head.fields.valueRange(of: "authorization") else {
      if case .unix(let uid) = head.peer, let caller = users[uid] { return caller }
      if let anonymous { return anonymous }
      throw .unauthenticated
    }
    guard head.fields.count(of: "authorization") == 1,
      let key = Self.bearerToken(head.fields.bytes, credential)
    else { throw .unauthenticated }
    let digest = Digest.sha256(key)
    // Every digest is compared, each in constant time: how long it takes tells nothing of which one was near.
    var found: AuthenticatedCaller?
    for (expected, caller) in keys where Digest.areEqual(digest, expected) { found = caller }
    guard let found else { throw .unauthenticated }
    return found
  }

  private static let scheme = Array("bearer ".utf8)

  /// RFC 6750, section 2.1; the scheme in any case (RFC 9110, section 11.1).
  ///
  /// - Parameter credential: where it is in a request's head.
  private static func bearerToken(_ head: [UInt8], _ credential: Range<Int>) -> [UInt8]? {
    guard credential.count > scheme.count else { return nil }
    for (index, letter) in scheme.enumerated() {
      let byte = head[credential.lowerBound + index]
      guard byte.lowercased == letter else { return nil }
    }
    var start = credential.lowerBound + scheme.count
    while start < credential.upperBound, head[start] == UInt8(ascii: " ") { start += 1 }
    return Array(head[start..<credential.upperBound])
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
  let organizationLimits: [LimitRule]
  let share = CallerShare()

  fileprivate init(_ caller: Caller, of team: Team, organizationLimits: [LimitRule]) {
    self.team = team
    name = caller.name
    self.organizationLimits = organizationLimits
    // A rule of the organization and one of the team may have the same name: they are counted apart.
    limits = (organizationLimits + team.limits).map { Self.charge($0, team: team.name, caller: caller.name) }
    rateLimitPolicy = limits.map(\.rule).rateLimitPolicy
  }

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
