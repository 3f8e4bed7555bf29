internal import Crypto

/// Values of which a ledger has one each.
enum MetaKey: String {
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
}

extension LedgerStatements {
  func meta(_ key: MetaKey) throws(LedgerError) -> [UInt8]? {
    readMeta.bind(1, key.rawValue)
    return try readMeta.first { (row) throws(LedgerError) in row.bytes(0) }
  }

  func setMeta(_ key: MetaKey, _ value: [UInt8]) throws(LedgerError) {
    writeMeta.bind(1, key.rawValue)
    writeMeta.bind(2, value)
    try writeMeta.run()
  }

  /// Made once for a ledger, 32 bytes.
  func pseudonymKey() throws(LedgerError) -> [UInt8] {
    if let key = try meta(.pseudonymKey) { return key }
    let key = Randomness.bytes(32)
    try setMeta(.pseudonymKey, key)
    return key
  }

  /// The number of this start of the machine. Within a transaction: a new number without the new name, or the name without
  /// the number, would mix the clocks of two starts. Where the system doesn't name it, every start of the process counts.
  func countBoot(_ bootID: String) throws(LedgerError) -> Int64 {
    let last = try meta(.boot).flatMap { Int64(String(decoding: $0, as: UTF8.self)) } ?? 0
    if !bootID.isEmpty, try meta(.bootID) == Array(bootID.utf8) { return last }
    try setMeta(.boot, Array(String(last + 1).utf8))
    try setMeta(.bootID, Array(bootID.utf8))
    return last + 1
  }
}
