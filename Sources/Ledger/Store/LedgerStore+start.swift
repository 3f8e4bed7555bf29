package import Audit
internal import Crypto

extension LedgerStore {
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

  package func auditNotes() throws(LedgerError) -> AuditNotes {
    AuditNotes(anchor: try meta(.anchor), checkpoint: try meta(.checkpoint), head: try meta(.head))
  }

  func inFlightNote() throws(LedgerError) -> InFlightNote {
    try meta(.inFlight).flatMap { InFlightNote(text: $0) } ?? .none
  }

  /// The last row that was given to a command, or a later one.
  func lastRow() throws(LedgerError) -> Int64 { max(try newestRow(), try inFlightNote().last) }
}
