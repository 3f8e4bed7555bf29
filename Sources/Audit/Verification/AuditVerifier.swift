package import Crypto
internal import EventLoop

/// Follows an audit record by record and stops at the first thing that is wrong. Its memory doesn't grow with the audit.
///
/// A value: where it stands after some lines can be kept, and gone on from more than once.
package struct AuditVerifier: Sendable {
  /// What is asked of an audit beyond its chain.
  package struct Terms: Sendable {
    /// Public keys, one of which every signature must be made with; none = signatures are not looked at.
    package var keys: [VerifyingKey] = []
    /// That there must be signatures at all: without one at its end, an audit counts as truncated.
    package var wantsSignatures = false
    /// That a file may end without a seal, as that of a sink does.
    package var allowsOpenTail = false
    /// Of a ledger, what may lie behind its last checkpoint; nil = anything.
    package var unsigned: UnsignedTailLimit?
    /// A record that somebody noted elsewhere: it must be there, with this hash.
    package var expected: AuditChain?
    /// In whose chain, where there are several.
    package var expectedWriter: Int64?

    package init() {}
  }

  /// What was seen.
  package struct Summary: Sendable, Equatable {
    /// Chains of a shared ledger, those included of which there is no record.
    package var chains = 0
    /// The oldest record, of the last chain where there are several; nil = there was none.
    package var first: Int64?
    package var records = 0
    /// Records that a sink got again after a crash.
    package var repeated = 0
    package var checkpoints = 0
    /// Signed lists of heads.
    package var lists = 0
    /// The newest record that a checkpoint, a list or a seal vouches for; of the last chain where there are several.
    package var vouchedFor: Int64?
    /// Whether the last line is a seal.
    package var isSealed = false
  }

  let terms: Terms
  package internal(set) var summary = Summary()
  /// After the newest record; nil = before the first.
  package internal(set) var chain: AuditChain?
  /// When a ledger's oldest record was written.
  var oldest: WallTime?
  /// Whose chain it is, where that is known.
  var writer: Int64?
  /// Of a file with several chains, those before this one.
  var earlier: [ChainSection] = []
  /// What is added to a record's number where `recent` counts.
  var base: Int64 = 0
  var recent = RecentHashes()
  var hasSeenExpected = false
  /// Lists of heads that were followed, for whoever looks whether each head is there; only where `collectsLists`.
  var lists: [FleetHeads] = []
  var collectsLists = false

  package init(_ terms: Terms = Terms()) { self.terms = terms }

  /// - Parameter line: without its line feed.
  package mutating func take(line: ArraySlice<UInt8>, at place: AuditFinding.Place) throws(AuditFinding) {
    do throws(AuditFinding) { try follow(line: line, at: place) } catch { throw error.of(writer) }
  }

  private mutating func follow(line: ArraySlice<UInt8>, at place: AuditFinding.Place) throws(AuditFinding) {
    guard let line = AuditLine(line) else { throw AuditFinding(.edited, place, "this is no record of an audit") }
    // Before the number is believed: a changed digit is an edit, not a gap.
    guard AuditChain.hash(after: line.previous, line.record) == line.hash else {
      throw AuditFinding(.edited, place, "the record is not the one that was hashed")
    }
    switch line.content {
    case .seal: try take(seal: line, at: place)
    case .piece: try take(piece: line, at: place)
    case .record(let seq):
      if isRepeated(seq, line.hash) {
        summary.repeated += 1
        return
      }
      if seq == 1, let start = ChainStart(record: line.record), chain == nil || start.writer != writer {
        try begin(start, at: place)
      }
      if let chain, seq <= chain.seq { return try takeAgain(seq, line, at: place) }
      try begin(before: seq, line.previous, at: place)
      try follow(seq, previous: line.previous, line.record, hash: line.hash, at: place)
      recent.append(line.hash, seq: base + seq)
    }
  }

  /// Goes on by one record, whose hash was checked against its bytes and `previous`.
  mutating func follow(
    _ seq: Int64, previous: [UInt8], _ record: [UInt8], hash: [UInt8], at place: AuditFinding.Place?
  ) throws(AuditFinding) {
    let before = chain ?? .start
    guard seq == before.seq + 1 else { throw .gap(from: before.seq + 1, to: seq - 1, place) }
    guard previous == before.hash else {
      throw AuditFinding(.edited, place, seq: seq, "the record does not follow the one before it")
    }
    summary.first = summary.first ?? seq
    summary.records += 1
    summary.isSealed = false
    chain = AuditChain(seq: seq, hash: hash)
    if ChainMark.isCheckpoint(record) { try take(checkpoint: record, after: before, at: place) }
    if FleetHeads.isList(record) { try take(list: record, after: before, at: place) }
    if let expected = terms.expected, expected.seq == seq, terms.expectedWriter == writer {
      guard expected.hash == hash else {
        throw AuditFinding(.edited, place, seq: seq, "the hash is not the expected one")
      }
      hasSeenExpected = true
    }
  }

  /// An audit may begin anywhere: its older part was pruned, or lies in another file.
  private mutating func begin(
    before seq: Int64, _ previous: [UInt8], at place: AuditFinding.Place
  ) throws(AuditFinding) {
    guard chain == nil else { return }
    chain = AuditChain(seq: seq - 1, hash: previous)
    guard seq > 1 || previous == AuditChain.start.hash else {
      throw AuditFinding(.edited, place, seq: seq, "the first record follows another one")
    }
  }

  /// After a crash a sink gets records again, the same bytes with the same numbers.
  private mutating func takeAgain(
    _ seq: Int64, _ line: AuditLine, at place: AuditFinding.Place
  ) throws(AuditFinding) {
    guard let known = recent[base + seq] else {
      throw AuditFinding(.edited, place, seq: seq, "the record stands after much newer ones")
    }
    guard known.elementsEqual(line.hash) else {
      throw AuditFinding(.edited, place, seq: seq, "another record has the same number")
    }
    summary.repeated += 1
    summary.isSealed = false
  }

  private mutating func take(
    checkpoint record: [UInt8], after before: AuditChain, at place: AuditFinding.Place?
  ) throws(AuditFinding) {
    guard let mark = ChainMark(checkpoint: record), mark.seq == before.seq, mark.hash == before.hash else {
      throw AuditFinding(
        .badSignature, place, seq: before.seq + 1, "the checkpoint does not vouch for the record before it")
    }
    try check(mark, "the checkpoint", at: place, seq: before.seq + 1)
    summary.checkpoints += 1
    summary.vouchedFor = mark.seq
  }

  private mutating func take(
    list record: [UInt8], after before: AuditChain, at place: AuditFinding.Place?
  ) throws(AuditFinding) {
    guard let list = FleetHeads(record: record, after: before), writer == nil || writer == list.own.writer else {
      throw AuditFinding(.badSignature, place, seq: before.seq + 1, "the list of heads is none of this place")
    }
    if !terms.keys.isEmpty, let objection = list.objection(terms.keys) {
      throw AuditFinding(.badSignature, place, seq: before.seq + 1, "the list of heads: \(objection)")
    }
    if list.isSigned {
      summary.lists += 1
      summary.vouchedFor = before.seq
    }
    if collectsLists { lists.append(list) }
  }

  private mutating func take(seal line: AuditLine, at place: AuditFinding.Place) throws(AuditFinding) {
    if let seal = FleetSeal(record: line.record) { return try take(seal, of: line, at: place) }
    guard let mark = ChainMark(seal: line.record), let first = mark.first, mark.hash == line.previous else {
      throw AuditFinding(.edited, place, "this is no record and no seal")
    }
    try check(mark, "the seal", at: place, seq: nil)
    guard let chain, let begin = summary.first, begin <= first else {
      throw .gap(from: first, to: summary.first.map { $0 - 1 } ?? mark.seq, place)
    }
    guard chain.seq >= mark.seq else { throw .gap(from: chain.seq + 1, to: mark.seq, place) }
    guard chain == AuditChain(seq: mark.seq, hash: mark.hash) else {
      throw AuditFinding(.edited, place, seq: chain.seq, "the seal vouches for another record")
    }
    summary.vouchedFor = mark.seq
    summary.isSealed = true
  }

  func check(
    _ mark: ChainMark, _ noun: String, at place: AuditFinding.Place?, seq: Int64?
  ) throws(AuditFinding) {
    guard !terms.keys.isEmpty, let objection = mark.objection(terms.keys) else { return }
    throw AuditFinding(.badSignature, place, seq: seq, "\(noun): \(objection)")
  }
}

extension AuditFinding {
  static func gap(from first: Int64, to last: Int64, _ place: Place?) -> AuditFinding {
    let words = first == last ? "record \(first) is missing" : "records \(first) to \(last) are missing"
    return AuditFinding(.gap, place, words)
  }
}
