/// A chain in a file with several.
struct ChainSection: Sendable {
  /// nil where the file begins within it, as a sink's may.
  let writer: Int64?
  /// nil = there was no record.
  let first: Int64?
  let place: AuditChain
  let base: Int64
}

/// Files with several chains: those of a replica's sink, which has one incarnation's records after the other's, and exports of a
/// shared ledger, in which each chain stands for itself.
///
/// A chain begins with its first record, or with a line that says which record its piece goes on from. Where it goes on from
/// another chain, that one must end there, in this file, unless the file begins here.
extension AuditVerifier {
  /// How many chains back a sink may have gone for what it got again.
  private static let mostRepeatedChains = 64

  private var section: ChainSection? {
    chain.map { ChainSection(writer: writer, first: summary.first, place: $0, base: base) }
  }

  private var sections: [ChainSection] { earlier + (section.map { [$0] } ?? []) }

  /// Whether a sink got this record of an earlier chain again.
  func isRepeated(_ seq: Int64, _ hash: [UInt8]) -> Bool {
    earlier.suffix(Self.mostRepeatedChains).contains { section in
      guard let first = section.first, seq >= first, seq <= section.place.seq else { return false }
      return recent[section.base + seq]?.elementsEqual(hash) ?? false
    }
  }

  /// A chain's first record is about to be followed.
  mutating func begin(_ start: ChainStart, at place: AuditFinding.Place?) throws(AuditFinding) {
    guard !earlier.contains(where: { $0.writer == start.writer }) else {
      throw AuditFinding(.edited, place, seq: 1, "the chain of writer \(start.writer) begins again")
    }
    if let predecessor = start.predecessor, chain != nil { try check(predecessor, at: place) }
    go(on: .start, of: start.writer)
  }

  /// That a chain ended, in this file, where the next one says.
  private func check(_ predecessor: WriterPlace, at place: AuditFinding.Place?) throws(AuditFinding) {
    let (seq, hash) = (predecessor.place.seq, predecessor.place.hash)
    guard seq > 0 else { return }
    // A file that begins within a chain doesn't say whose that is; then it is the one before.
    let found = sections.last { $0.writer == predecessor.writer } ?? section.flatMap { $0.writer == nil ? $0 : nil }
    guard let found else {
      throw AuditFinding(
        .gap, place, "the chain of writer \(predecessor.writer), from which this one goes on, is missing")
    }
    guard found.place.seq >= seq else {
      throw AuditFinding.gap(from: found.place.seq + 1, to: seq, place).of(predecessor.writer)
    }
    // It may have gone on although it was given up: a process that was stopped and woke. What is long past isn't remembered.
    let known = found.place.seq == seq ? found.place.hash[...] : recent[found.base + seq] ?? hash[...]
    guard known.elementsEqual(hash) else {
      throw AuditFinding(
        .edited, place, seq: 1, "the chain goes on from another record of writer \(predecessor.writer)")
    }
  }

  mutating func take(piece line: AuditLine, at place: AuditFinding.Place) throws(AuditFinding) {
    guard let piece = ChainPiece(record: line.record), piece.before.place.hash == line.previous else {
      throw AuditFinding(.edited, place, "this is no record and no beginning of a chain's piece")
    }
    let (writer, before) = (piece.before.writer, piece.before.place)
    guard let known = sections.last(where: { $0.writer == writer }) else { return go(on: before, of: writer) }
    guard known.place.seq >= before.seq else {
      throw AuditFinding.gap(from: known.place.seq + 1, to: before.seq, place).of(writer)
    }
    guard known.place == before else {
      throw AuditFinding(.edited, place, seq: before.seq, "the piece does not go on from where its chain ended")
        .of(writer)
    }
    go(on: before, of: writer, known)
  }

  /// - Parameter known: what there was of this chain before.
  private mutating func go(on before: AuditChain, of next: Int64, _ known: ChainSection? = nil) {
    if let section { earlier.append(section) }
    earlier.removeAll { $0.writer == next }
    if known == nil { summary.chains += 1 }
    writer = next
    chain = before
    summary.first = known?.first
    summary.vouchedFor = nil
    summary.isSealed = false
    base = recent.next - (before.seq + 1)
  }

  mutating func take(_ seal: FleetSeal, of line: AuditLine, at place: AuditFinding.Place) throws(AuditFinding) {
    if !terms.keys.isEmpty, let objection = seal.objection(terms.keys) {
      throw AuditFinding(.badSignature, place, "the seal: \(objection)")
    }
    var rest = Dictionary(sections.map { ($0.writer, $0) }) { _, last in last }
    for piece in seal.pieces {
      guard let section = rest.removeValue(forKey: piece.end.writer), let first = section.first else {
        throw AuditFinding(.gap, place, "the seal vouches for a chain that is missing").of(piece.end.writer)
      }
      guard first <= piece.first else {
        throw AuditFinding.gap(from: piece.first, to: first - 1, place).of(piece.end.writer)
      }
      guard section.place.seq >= piece.end.place.seq else {
        throw AuditFinding.gap(from: section.place.seq + 1, to: piece.end.place.seq, place).of(piece.end.writer)
      }
      guard section.place == piece.end.place else {
        throw AuditFinding(.edited, place, seq: section.place.seq, "the seal vouches for another record")
          .of(piece.end.writer)
      }
    }
    if let other = rest.values.first(where: { $0.first != nil }) {
      throw AuditFinding(.edited, place, "the seal does not vouch for this chain").of(other.writer)
    }
    summary.isSealed = true
    summary.vouchedFor = chain?.seq
  }
}
