internal import Policy

/// One whole, checked configuration: what `gateway.yaml` and the team files say, resolved.
///
/// Immutable, so every thread reads it without a lock. What requests need of it is a `GatewaySnapshot`.
package final class GatewayConfiguration: Sendable {
  /// A file that it was read from.
  package struct File: Sendable, Equatable {
    package let path: String
    /// SHA-256 of its contents, in hex.
    package let digest: String

    package init(path: String, digest: String) {
      self.path = path
      self.digest = digest
    }
  }

  /// A certificate of the gateway's own, as it was read.
  package struct OwnCertificate: Sendable, Equatable {
    package let path: String
    /// The moment from which nobody takes it any more, in seconds since 1970.
    package let end: Int64

    package init(path: String, end: Int64) {
      self.path = path
      self.end = end
    }
  }

  package let files: [File]
  /// Certificates and keys that listeners use; none where secrets were not looked at.
  package let tlsFiles: [File]
  /// Those that callers are shown.
  package let ownCertificates: [OwnCertificate]
  /// Patterns of the team files, as `gateway.yaml` has them.
  package let teamPatterns: [String]
  /// What is legal there and hardly meant, for people: `FILE:LINE:COLUMN: warning: ...`.
  package let warnings: [String]
  package let effective: EffectiveConfiguration
  /// Under which rules a decision was made.
  package var revision: String { effective.revision }
  package let organization: String
  package let server: ServerSettings
  package let admin: AdminSettings?
  package let upstream: UpstreamSettings
  package let ledger: LedgerSettings
  package let audit: AuditSettings
  package let tracing: TracingSettings?
  /// Paths that nothing may write but who reads them: the configuration's own files, those of secrets, sockets.
  package let otherFiles: [String]
  package let teams: [Team]
  /// Limits of the organization; they apply to every request.
  package let limits: [LimitRule]

  /// The longest time for which an equal create without a key is remembered; nil = none is.
  package var longestKeylessJoin: Duration? { teams.compactMap(\.keylessJoin).max() }

  /// Whether any team may make another call than the create.
  package var allowsOtherCalls: Bool { teams.contains { !$0.calls.isCreateAlone } }

  package init(
    files: [File] = [], tlsFiles: [File] = [], ownCertificates: [OwnCertificate] = [], teamPatterns: [String] = [],
    warnings: [String] = [], organization: String,
    server: ServerSettings, admin: AdminSettings?,
    upstream: UpstreamSettings,
    ledger: LedgerSettings, audit: AuditSettings, tracing: TracingSettings? = nil, otherFiles: [String] = [],
    teams: [Team], limits: [LimitRule]
  ) {
    self.files = files
    self.tlsFiles = tlsFiles
    self.ownCertificates = ownCertificates
    self.teamPatterns = teamPatterns
    self.warnings = warnings
    effective = EffectiveConfiguration(teams: teams, limits: limits)
    self.organization = organization
    self.server = server
    self.admin = admin
    self.upstream = upstream
    self.ledger = ledger
    self.audit = audit
    self.tracing = tracing
    self.otherFiles = otherFiles
    self.teams = teams
    self.limits = limits
  }
}
