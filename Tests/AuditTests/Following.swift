import Audit
import Crypto
import FleetFixture
import Testing

let start: Int64 = 1_790_000_000_000_000

func signer(_ number: UInt8) throws -> SigningKey {
  try #require(SigningKey(seed: Secret([UInt8](repeating: number, count: 32))))
}

/// Follows a file of these lines.
func follow(
  _ lines: [[UInt8]], _ change: (inout AuditVerifier.Terms) -> Void = { $0.allowsOpenTail = true }
) throws(AuditFinding) -> AuditVerifier.Summary {
  var terms = AuditVerifier.Terms()
  change(&terms)
  var verifier = AuditVerifier(terms)
  var begun: [UInt8] = []
  var place = AuditFinding.Place(file: "file", line: 1)
  try verifier.take(lines.flatMap { $0 }[...], &begun, at: &place)
  try verifier.finish()
  return verifier.summary
}

/// What is wrong with a file of these lines; nil = nothing.
func finding(
  _ lines: [[UInt8]], _ change: (inout AuditVerifier.Terms) -> Void = { $0.allowsOpenTail = true }
) -> AuditFinding? {
  do throws(AuditFinding) {
    _ = try follow(lines, change)
    return nil
  } catch {
    return error
  }
}
