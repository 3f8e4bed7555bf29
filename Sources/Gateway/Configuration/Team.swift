package import Policy

/// A team of the organization: who its callers are, what they may create and how often.
package struct Team: Sendable {
  package let name: String
  package let callers: [Caller]
  /// The organization's rules, tightened by the team's.
  package let policy: EffectivePolicy
  package let limits: [LimitRule]
  /// For so long a create without a key is the same as an equal one of its caller's (`keyless.join`); nil = each is one of its own.
  package let keylessJoin: Duration?
  /// Which of Telnyx's other conference calls it may make.
  package let calls: CallRules
  /// What is made of those.
  let callPolicy: CallPolicy

  package init(
    name: String, callers: [Caller], policy: EffectivePolicy, limits: [LimitRule], keylessJoin: Duration? = nil,
    calls: CallRules = .createAlone
  ) {
    self.calls = calls
    callPolicy = CallPolicy(policy, calls)
    self.name = name
    self.callers = callers
    self.policy = policy
    self.limits = limits
    self.keylessJoin = keylessJoin
  }
}

/// Somebody who calls on behalf of a team.
package struct Caller: Sendable, Equatable {
  package enum Credential: Sendable, Equatable {
    /// SHA-256 of the key, 32 bytes.
    case key(digest: [UInt8])
    /// Whoever the kernel says is at the other end of the Unix socket.
    case unixUser(UInt32)
    /// Whoever shows a certificate that is so named.
    case certificate(CertificateName)
    case anonymous
  }

  package let name: String
  package let credential: Credential

  package init(name: String, credential: Credential) {
    self.name = name
    self.credential = credential
  }
}
