package import Crypto

/// An export of a shared ledger: one chain after the other, since the times of a chain's records need not ascend (one that tells
/// of a flood has the time of the first request), and only in the order of their numbers they can be followed.
///
/// What is written is followed on the way: nothing is sealed that is not intact.
package struct ChainExport {
  private var verifier: AuditVerifier
  private var pieces: [FleetSeal.Piece] = []
  private var known: Set<Int64> = []
  private var file: String

  /// - Parameter file: what a finding calls it.
  package init(of file: String) {
    var terms = AuditVerifier.Terms()
    terms.allowsOpenTail = true
    verifier = AuditVerifier(terms)
    self.file = file
  }

  /// What was wrong with the records so far; they are written nonetheless.
  package private(set) var finding: AuditFinding?

  /// The line that goes before a piece of a chain, or in its place, with its line feed.
  package static func line(before: WriterPlace) -> [UInt8] { ChainPiece(after: before).line }

  /// Begins with a chain's records.
  ///
  /// - Parameters:
  ///   - first: the chain's first record here.
  ///   - write: gets a line.
  package mutating func begin(
    _ writer: Int64, with first: StoredRecord, _ write: ([UInt8]) throws -> Void
  ) throws {
    let start = ChainStart(record: first.record)
    // One that was taken over from a file doesn't say at its beginning whose it is.
    if first.seq > 1 || start == nil {
      try follow(
        Self.line(before: WriterPlace(writer: writer, AuditChain(seq: first.seq - 1, hash: first.previous))), write)
    } else if let before = start?.predecessor, before.place.seq > 0,
      known.insert(before.writer).inserted
    {
      // Where it ended, since no record of it is here.
      try follow(Self.line(before: before), write)
    }
    known.insert(writer)
    pieces.append(
      FleetSeal.Piece(first: first.seq, end: WriterPlace(writer: writer, AuditChain(seq: first.seq, hash: first.hash))))
  }

  package mutating func take(_ record: StoredRecord, _ write: ([UInt8]) throws -> Void) throws {
    try follow(record.line, write)
    guard let piece = pieces.popLast() else { return }
    let end = WriterPlace(writer: piece.end.writer, AuditChain(seq: record.seq, hash: record.hash))
    pieces.append(FleetSeal.Piece(first: piece.first, end: end))
  }

  /// The last line; nil where there is nothing to vouch for.
  package func seal(_ key: SigningKey) -> [UInt8]? {
    pieces.isEmpty || finding != nil ? nil : FleetSeal(pieces, signedBy: key).line
  }

  private mutating func follow(_ line: [UInt8], _ write: ([UInt8]) throws -> Void) throws {
    try write(line)
    guard finding == nil else { return }
    do throws(AuditFinding) {
      try verifier.take(line: line.dropLast(), at: AuditFinding.Place(file: file, line: lines))
    } catch {
      finding = error
    }
  }

  private var lines: Int { verifier.summary.records + verifier.summary.chains + 1 }
}
