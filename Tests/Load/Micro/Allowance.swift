/// What an operation may allocate.
///
/// The numbers are those of a release build and of the demo's policy in config/, on any machine. They belong to Swift 6.3 and
/// to Debian 12's glibc, libcrypto and PCRE2, too: other versions may change a few, and then these are changed. Whoever raises
/// one for another reason says in the commit what a request gets for it.
struct Allowance {
  let allocations: Double
  let bytes: Double

  static let table: [String: Allowance] = [
    "decode": Allowance(allocations: 5, bytes: 624),
    "fingerprint": Allowance(allocations: 3, bytes: 976),
    "find-id": Allowance(allocations: 1, bytes: 80),
    "decide": Allowance(allocations: 3, bytes: 544),
    "decide-refused": Allowance(allocations: 12, bytes: 1_176),
    "write-body": Allowance(allocations: 1, bytes: 480),
    "gcra": Allowance(allocations: 0, bytes: 0),
    "sha256-768": Allowance(allocations: 2, bytes: 176),
    "record-fields": Allowance(allocations: 1, bytes: 672),
    "chain": Allowance(allocations: 2, bytes: 176),
    "hmac": Allowance(allocations: 3, bytes: 304),
    // Random bytes are drawn for 128 at a time.
    "uuid": Allowance(allocations: 1.01, bytes: 96.25),
  ]
}
