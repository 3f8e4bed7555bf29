internal import Audit

/// Values of which a ledger has one each.
package enum MetaKey: String, Sendable {
  /// 32 random bytes: the audit's pseudonyms are made with them.
  case pseudonymKey = "pseudonym_key"
  /// Which start of the machine the ledger was last used under, and how many there were.
  case bootID = "boot_id"
  case boot
  /// By which time limits are counted, a `LimitClock`.
  case limitClock = "limit_clock"
  /// The newest audit record that was pruned, a `ChainMark`.
  case anchor = "audit_anchor"
  /// What the newest checkpoint of the audit says, a `ChainMark`.
  case checkpoint = "audit_checkpoint"
  /// Where the audit ended about a second ago, a `ChainMark` without a signature.
  case head = "audit_head"
  /// What was being sent about a second ago, an `InFlightNote`.
  case inFlight = "in_flight"
  /// The effective configuration that the newest `configuration` record tells of, as JSON.
  case configuration
  /// That the ledger is another one's now, or may be, an `ImportNote`.
  case imported
}
