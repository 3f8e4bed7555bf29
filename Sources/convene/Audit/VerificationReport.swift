internal import Audit
internal import Crypto

/// What is said of an intact audit, in one line.
struct VerificationReport {
  let text: String

  init(_ verifier: AuditVerifier, keys: [VerifyingKey]) {
    let summary = verifier.summary
    guard let first = summary.first, let chain = verifier.chain else {
      text = "intact: no records"
      return
    }
    var parts = ["intact: \(summary.records) records, verified from seq \(first) to \(chain.seq)"]
    if summary.repeated > 0 { parts.append("\(summary.repeated) of them came again after a crash") }
    if let vouchedFor = summary.vouchedFor {
      let signatures =
        keys.isEmpty ? "signatures not checked" : "signed with \(keys.map(\.name).joined(separator: " or "))"
      parts.append(summary.isSealed ? "sealed" : "vouched for up to seq \(vouchedFor)")
      parts.append(signatures)
    } else {
      parts.append("nothing is signed")
    }
    parts.append("last hash \(chain.hash.hex)")
    text = parts.joined(separator: "; ")
  }
}
