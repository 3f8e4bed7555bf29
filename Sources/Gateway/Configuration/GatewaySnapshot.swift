/// What requests are judged and sent by: policy, callers, limits and revision as one immutable value.
///
/// A request keeps the one that it began with, so that it is judged, sent and recorded by one configuration only.
package final class GatewaySnapshot: Sendable {
  /// As `GatewayConfiguration.revision`.
  package let revision: String
  package let organization: String
  /// Every team's callers, each with its team's policy and with the limits that it counts against.
  package let callers: CallerDirectory
  /// Deadlines and attempts.
  package let upstream: UpstreamSettings
  /// Of the traces that begin here.
  package let sampling: SamplingRatio
  /// SHA-256 of the key with which a reload may be asked for.
  let adminKeyDigest: [UInt8]?

  /// - Parameter previous: whose place it takes: what callers hold at that moment still counts.
  package init(_ configuration: GatewayConfiguration, after previous: GatewaySnapshot? = nil) {
    revision = configuration.revision
    organization = configuration.organization
    callers = CallerDirectory(configuration, after: previous?.callers)
    upstream = configuration.upstream
    sampling = configuration.tracing.map { SamplingRatio($0.ratio) } ?? .none
    adminKeyDigest = configuration.admin?.keyDigest
  }
}
