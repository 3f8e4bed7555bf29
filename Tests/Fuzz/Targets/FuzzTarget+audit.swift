internal import Crypto
internal import EventLoop
internal import JSON

@testable internal import Audit
@testable internal import Gateway
@testable internal import Ledger
@testable internal import LedgerSQLite

extension FuzzTarget {
  /// Lines of an export, or what stands in a record behind its number.
  ///
  /// 1. Any text is followed or is a finding, and it is the same one in whatever pieces it comes.
  /// 2. A line that is the record which was hashed is written in one way only.
  /// 3. Records that were chained are followed, whatever they say; with one bit of them changed they are not.
  /// 4. A record is one line of JSON, whatever its request said.
  static func checkAudit(_ input: [UInt8]) throws(Violation) {
    try checkPieces(input)
    let lines = input.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    for line in lines { try checkLine(line) }
    // More lines have nothing new, and each takes eight hashes.
    try checkChain(Array(lines.prefix(12)))
    try checkRecord(input)
  }

  private static func follow(_ bytes: [UInt8], pieces: Int) -> (AuditVerifier, AuditFinding?) {
    var terms = AuditVerifier.Terms()
    terms.wantsSignatures = true
    terms.keys = keys
    var verifier = AuditVerifier(terms)
    var place = AuditFinding.Place(file: "f", line: 1)
    var begun: [UInt8] = []
    do throws(AuditFinding) {
      let length = max(1, (bytes.count + pieces - 1) / pieces)
      for start in stride(from: 0, to: bytes.count, by: length) {
        try verifier.take(bytes[start..<min(start + length, bytes.count)], &begun, at: &place)
      }
      if !begun.isEmpty { throw AuditFinding.torn(place) }
      try verifier.finish()
      return (verifier, nil)
    } catch {
      return (verifier, error)
    }
  }

  private static func checkPieces(_ input: [UInt8]) throws(Violation) {
    let whole = follow(input, pieces: 1)
    let torn = follow(input, pieces: 7)
    try require(
      whole.1 == torn.1 && whole.0.summary == torn.0.summary, "a file is read alike in whatever pieces it comes")
  }

  private static func checkLine(_ bytes: ArraySlice<UInt8>) throws(Violation) {
    guard let line = AuditLine(bytes) else { return }
    var again: [UInt8] = []
    AuditChain.write(line.record, previous: line.previous, hash: line.hash, to: &again)
    try require(again == bytes + [0x0A], "a line is written in one way only")
    if case .record(let seq) = line.content { try require(seq > 0, "a record has a number") }
  }

  private static func checkChain(_ lines: [ArraySlice<UInt8>]) throws(Violation) {
    var chain = AuditChain.start
    var bytes: [UInt8] = []
    var isOrdinary = true
    for line in lines {
      // A whole object stands for itself, whatever its number; anything else follows the record before it.
      let isWhole = line.first == UInt8(ascii: "{")
      let record = isWhole ? Array(line) : Array("{\"seq\":\(chain.seq + 1),".utf8) + line + [UInt8(ascii: "}")]
      if isWhole || ChainMark.isCheckpoint(record) || FleetHeads.isList(record) { isOrdinary = false }
      let previous = chain.hash
      chain.append(record)
      AuditChain.write(record, previous: previous, hash: chain.hash, to: &bytes)
    }
    var terms = AuditVerifier.Terms()
    terms.allowsOpenTail = true
    terms.expected = chain
    let (finding, summary) = verify(bytes, terms)
    guard isOrdinary else { return }
    try require(finding == nil && summary.records == lines.count, "a chain is followed: \(finding?.description ?? "")")
    // Which bit is as random as the input.
    let place = lines.reduce(7) { ($0 &* 31 &+ $1.count) & 0xFFFF } % bytes.count
    bytes[place] ^= 1 << (UInt8(truncatingIfNeeded: bytes[bytes.count - 4]) & 7)
    try require(verify(bytes, terms).finding != nil, "a changed bit is told")
  }

  private static func verify(
    _ bytes: [UInt8], _ terms: AuditVerifier.Terms
  ) -> (finding: AuditFinding?, summary: AuditVerifier.Summary) {
    var verifier = AuditVerifier(terms)
    var place = AuditFinding.Place(file: "f", line: 1)
    var begun: [UInt8] = []
    do throws(AuditFinding) {
      try verifier.take(bytes[...], &begun, at: &place)
      if !begun.isEmpty { throw AuditFinding.torn(place) }
      try verifier.finish()
      return (nil, verifier.summary)
    } catch {
      return (error, verifier.summary)
    }
  }

  private static func checkRecord(_ input: [UInt8]) throws(Violation) {
    // No request can say a NUL; and what is behind the cut is only counted.
    let text = String(decoding: input.lazy.filter { $0 != 0 }.prefix(AuditText.maximum + 44), as: UTF8.self)
    var entry = AuditEntry(
      organization: "acme", peer: "unix:uid=0", requestID: text, received: MonotonicTime(nanoseconds: 1),
      configuration: "c", decision: .forwarded, status: 200)
    entry.commandID = text
    entry.fields = [AuditFields.Field(name: text, change: "default", asked: .string(text), effective: .null)]
    var times = TimeText()
    let time = WallTime(microseconds: 1_800_000_000_123_456)
    let record = AuditRecord(entry: entry, time: time).text(seq: 0, &times)
    try require(!record.contains { $0 < 0x20 }, "a record is one line")
    let reading = try require(IndependentJSON(record), "a record is JSON")
    try require(
      reading["command_id"] == .string(Array(AuditText(text).text.utf8)) || text.isEmpty, "a record says what was said")
    let noted = try require(AuditRecord(noted: record, as: 1), "a noted record can be read")
    try require(AuditLine.seq(of: noted.text(seq: 7, &times)) == 7, "a noted record gets its number")
  }

  private static let keys = [SigningKey(seed: Secret([UInt8](repeating: 7, count: 32)))?.publicKey].compactMap(\.self)
}
