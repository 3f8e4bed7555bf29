import Audit
import Crypto
import Gateway
import Ledger
import LedgerSQLite
import MemoryLedger
import Testing

/// Follows exported bytes to their end.
func follow(
  _ bytes: [UInt8], _ verifier: AuditVerifier = AuditVerifier(), line: Int = 1, ends: Bool = true
) throws(AuditFinding) -> AuditVerifier {
  var verifier = verifier
  var begun: [UInt8] = []
  var place = AuditFinding.Place(file: "file", line: line)
  try verifier.take(bytes[...], &begun, at: &place)
  guard begun.isEmpty else { throw AuditFinding.torn(place) }
  if ends { try verifier.finish() }
  return verifier
}

func follow(_ bytes: [UInt8]?, _ change: (inout AuditVerifier.Terms) -> Void) throws -> AuditVerifier {
  var terms = AuditVerifier.Terms()
  change(&terms)
  return try follow(try #require(bytes), AuditVerifier(terms))
}

/// What is wrong with the bytes; nil = nothing.
func finding(_ bytes: [UInt8], _ change: (inout AuditVerifier.Terms) -> Void = { _ in }) -> AuditFinding? {
  var terms = AuditVerifier.Terms()
  change(&terms)
  do throws(AuditFinding) {
    _ = try follow(bytes, AuditVerifier(terms))
    return nil
  } catch {
    return error
  }
}

/// As bytes again.
func joined(_ lines: some Sequence<[UInt8]>) -> [UInt8] { lines.flatMap { $0 + [UInt8(ascii: "\n")] } }

extension SigningKey {
  static let ofTests = SigningKey(seed: Secret([UInt8](repeating: 7, count: 32)))
  static let stranger = SigningKey(seed: Secret([UInt8](repeating: 8, count: 32)))
}

extension StoredLedger {
  /// Puts refusals on the record, each from a peer of its own, so that none of one call is folded.
  func record(_ count: Int) throws {
    let mailbox = Mailbox()
    for number in 1...count {
      _ = post(
        .record(entry("\(number)", peer: "10.\(number / 65536).\(number / 256 % 256).\(number % 256):1")), mailbox)
    }
    try mailbox.waitForAnswers(count)
  }
}

extension Scene {
  /// With checkpoints.
  func openSigned(
    every: Int64 = 50, interval: Duration = .seconds(3600), key: SigningKey? = .ofTests,
    options change: (inout LedgerOptions) -> Void = { _ in }
  ) throws -> StoredLedger {
    try open(options: { options in
      options.floodAllowance = .max
      options.checkpoint = key.map { CheckpointSigning(key: $0, every: every, interval: interval) }
      change(&options)
    })
  }

  func verify(_ change: (inout AuditVerifier.Terms) -> Void = { _ in }) throws -> AuditVerifier {
    var terms = AuditVerifier.Terms()
    change(&terms)
    guard let memory else { return try LedgerReader(path: path).verify(terms) }
    var verifier = AuditVerifier(terms)
    try verifier.take(memory.page)
    try verifier.finish(memory.page.notes)
    return verifier
  }

  /// What is wrong with the ledger; nil = nothing.
  func finding(_ change: (inout AuditVerifier.Terms) -> Void = { _ in }) throws -> AuditFinding? {
    do {
      _ = try verify(change)
      return nil
    } catch let error as AuditFinding {
      return error
    }
  }

  /// All records as an export has them.
  func exported(sealedBy key: SigningKey? = nil) throws -> [UInt8] {
    let records = try memory?.stored ?? storedInFile()
    var bytes = records.flatMap(\.line)
    if let key, let first = records.first, let last = records.last {
      let end = AuditChain(seq: last.seq, hash: last.hash)
      bytes += ChainMark(.seal, of: end, first: first.seq, signedBy: key).sealLine
    }
    return bytes
  }

  private func storedInFile() throws -> [StoredRecord] {
    let reader = try LedgerReader(path: path)
    guard let range = try reader.bounds() else { return [] }
    var filter = RecordFilter()
    filter.includesCheckpoints = true
    var records: [StoredRecord] = []
    var next = range.lowerBound
    while next <= range.upperBound {
      let page = try reader.page(filter, from: next, through: range.upperBound)
      records += page.records
      next = page.next
    }
    return records
  }
}
