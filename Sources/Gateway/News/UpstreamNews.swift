/// One line for an operator.
package struct UpstreamNews: Sendable, Equatable {
  package enum Condition: Hashable, Sendable {
    /// No reply comes, or no connection can be made.
    case unreachable
    /// It answers with 5xx.
    case failing
    /// It answers with 429.
    case throttling
    /// It answers with a redirect, which isn't followed.
    case redirecting
    /// It refuses a token: the place in the configuration, from 1.
    case tokenRefused(Int)
    /// It takes another token than the first one of the configuration, and that is used.
    case fallback
    /// It refuses every token.
    case noToken
    /// So much of late has failed that nothing is sent for a while.
    case breakerOpen
  }

  package enum Phase: Sendable { case began, changed, ended }

  package let condition: Condition
  package let phase: Phase
  /// A word: the transport's name for it, or a status.
  package let reason: String
  /// For people, in the library's words; may be empty.
  package let detail: String
  /// Where it has ended.
  package let lasted: Duration?

  init(_ condition: Condition, _ phase: Phase, reason: String, detail: String = "", lasted: Duration? = nil) {
    self.condition = condition
    self.phase = phase
    self.reason = reason
    self.detail = detail
    self.lasted = lasted
  }
}
