internal import Audit
internal import Crypto

/// What is said of an intact audit, in one line.
struct VerificationReport {
  let text: String

  init(_ verifier: AuditVerifier, keys: [VerifyingKey]) {
    let summary = verifier.summary
    guard summary.chains == 0 else {
      text = Self.text(
        "intact: \(summary.records) records of \(summary.chains) chains",
        [
          summary.repeated > 0 ? "\(summary.repeated) of them came again after a crash" : nil,
          summary.isSealed
            ? "sealed; \(Self.signatures(keys))" : Self.vouching(summary.checkpoints, summary.lists, keys),
        ])
      return
    }
    guard let first = summary.first, let chain = verifier.chain else {
      text = "intact: no records"
      return
    }
    var parts = ["intact: \(summary.records) records, verified from seq \(first) to \(chain.seq)"]
    if summary.repeated > 0 { parts.append("\(summary.repeated) of them came again after a crash") }
    if let vouchedFor = summary.vouchedFor {
      parts.append(summary.isSealed ? "sealed" : "vouched for up to seq \(vouchedFor)")
      parts.append(Self.signatures(keys))
    } else {
      parts.append("nothing is signed")
    }
    parts.append("last hash \(chain.hash.hex)")
    text = parts.joined(separator: "; ")
  }

  /// Of a shared ledger.
  init(_ summary: FleetVerifier.Summary, keys: [VerifyingKey]) {
    guard let newest = summary.newest else {
      text = "intact: no records"
      return
    }
    text = Self.text(
      "intact: \(summary.records) records of \(summary.chains) chains",
      [
        Self.vouching(summary.checkpoints, summary.lists, keys),
        "\(summary.newestIsList ? "newest list of heads" : "last hash") "
          + "\(newest.writer):\(newest.place.seq):\(newest.place.hash.hex)",
      ])
  }

  private static func text(_ beginning: String, _ parts: [String?]) -> String {
    ([beginning] + parts.compactMap(\.self)).joined(separator: "; ")
  }

  private static func vouching(_ checkpoints: Int, _ lists: Int, _ keys: [VerifyingKey]) -> String {
    guard checkpoints + lists > 0 else { return "nothing is signed" }
    return "\(checkpoints) checkpoints and \(lists) lists of heads vouch for them; \(signatures(keys))"
  }

  private static func signatures(_ keys: [VerifyingKey]) -> String {
    keys.isEmpty ? "signatures not checked" : "signed with \(keys.map(\.name).joined(separator: " or "))"
  }
}
