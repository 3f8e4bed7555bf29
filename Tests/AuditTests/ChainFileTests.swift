import Audit
import Crypto
import FleetFixture
import Testing

@Suite("A file with several chains")
struct ChainFileTests {
  /// Three incarnations of a replica, as its sink has them.
  private func incarnations() -> [ChainFixture] {
    let first = ChainFixture(1, "a", clock: start)
    first.record(4)
    let second = ChainFixture(4, "a", after: first.end, clock: start + 100)
    second.record(2)
    let third = ChainFixture(9, "a", after: second.end, clock: start + 200)
    third.record(3)
    return [first, second, third]
  }

  @Test("holds one incarnation's records after the other's")
  func sink() throws {
    let lines = incarnations().flatMap(\.lines)
    let seen = try follow(lines)
    #expect(seen.records == 12 && seen.chains == 3)
    // Rotated away, but for the end of the first chain, or the first chain itself.
    #expect(finding(Array(lines.dropFirst(3))) == nil)
    #expect(finding(Array(lines.dropFirst(5))) == nil)
  }

  @Test("shows a chain that was cut off, left out, put elsewhere, or goes on from another one")
  func broken() {
    let chains = incarnations()
    let lines = chains.flatMap(\.lines)
    func kind(_ change: (inout [[UInt8]]) -> Void) -> AuditFinding? {
      var changed = lines
      change(&changed)
      return finding(changed)
    }
    let cut = kind { $0.remove(at: 4) }
    #expect(cut?.kind == .gap && cut?.description.contains("writer 1") == true, "\(cut as Any)")
    let missing = kind { $0.removeSubrange(5..<8) }
    #expect(missing?.kind == .gap && missing?.reason.contains("writer 4") == true, "\(missing as Any)")
    #expect(kind { $0.remove(at: 5) }?.kind == .edited, "the first record of the second chain")
    #expect(kind { $0.swapAt(6, 9) }?.kind != nil)
    #expect(kind { $0 = Array($0[..<5] + $0[8...] + $0[5..<8]) }?.kind == .gap)
    let other = ChainFixture(1, "a", clock: start + 7)
    other.record(4)
    let forged = finding(other.lines + chains[1].lines)
    #expect(forged?.kind == .edited && forged?.reason.contains("another record of writer 1") == true)
    let wrong = ChainFixture(
      4, "a", after: WriterPlace(writer: 1, AuditChain(seq: 5, hash: [UInt8](repeating: 1, count: 32))),
      clock: start)
    #expect(finding(chains[0].lines + wrong.lines)?.kind == .edited)
    let later = ChainFixture(
      4, "a", after: WriterPlace(writer: 1, AuditChain(seq: 6, hash: wrong.end.place.hash)), clock: 0)
    #expect(finding(chains[0].lines + later.lines)?.kind == .gap)
  }

  @Test("may hold records of any of its chains again after a crash, but no other ones")
  func repeated() throws {
    let chains = incarnations()
    let (first, second, third) = (chains[0].lines, chains[1].lines, chains[2].lines)
    let twice = first + second[..<2] + first[3...] + second + third + second[1...] + third[2...]
    let seen = try follow(twice)
    #expect(seen.records == 12 && seen.repeated == 8)
    let other = ChainFixture(4, "a", after: chains[0].end, clock: start + 999)
    other.record(2)
    #expect(finding(first + second + third + other.lines)?.kind == .edited)
  }

  @Test("may follow the records of a ledger that was one process's own")
  func imported() throws {
    var chain = AuditChain.start
    var lines: [[UInt8]] = []
    for seq in 1...3 {
      let record = Array(#"{"seq":\#(seq),"time":"2026-11-23T19:00:00.000000Z","decision":"refused"}"#.utf8)
      let previous = chain.hash
      chain.append(record)
      lines.append(StoredRecord(seq: Int64(seq), record: record, previous: previous, hash: chain.hash).line)
    }
    #expect(try follow(lines).chains == 0)
    #expect(finding(lines + incarnations().flatMap(\.lines)) == nil)
  }

  @Test("from a shared ledger has a seal that vouches for each of its chains")
  func sealed() throws {
    let (key, forger) = (try signer(7), try signer(8))
    let (a, b) = (ChainFixture(1, "a", clock: start), ChainFixture(2, "b", clock: start))
    a.record(5)
    b.record(3)
    let third = ChainFixture(3, "a", after: a.end, clock: start)
    let piece = ChainExport.line(before: WriterPlace(writer: 1, AuditChain(seq: 3, hash: a.rows[2].record.hash)))
    let pieces = [
      FleetSeal.Piece(first: 4, end: a.end), FleetSeal.Piece(first: 1, end: b.end),
      FleetSeal.Piece(first: 1, end: third.end),
    ]
    let (one, two, three) = ([piece] + a.lines[3...], b.lines, third.lines)
    let seal = FleetSeal(pieces, signedBy: key).line
    func check(_ lines: [[UInt8]]) -> AuditFinding? {
      finding(lines) { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) }
    }
    #expect(check(one + two + three + [seal]) == nil)
    #expect(check(one + three + [seal])?.kind == .gap)
    #expect(check(one + two.dropLast() + three + [seal])?.kind == .gap)
    #expect(check(one + two + three)?.kind == .truncated)
    #expect(check([piece] + a.lines[4...] + two + three + [seal])?.kind == .gap)
    let stranger = ChainFixture(5, "c", clock: start)
    #expect(check(one + two + stranger.lines + three + [seal])?.kind == .edited)
    #expect(check(one + two + three + [FleetSeal(pieces, signedBy: forger).line])?.kind == .badSignature)
    // Where the first chain has no record in the file, its end is said in its place.
    let empty = ChainExport.line(before: a.end)
    #expect(check([empty] + two + three + [FleetSeal(Array(pieces[1...]), signedBy: key).line]) == nil)
    // A later export goes on where this one ended.
    b.record(2)
    let next = [ChainExport.line(before: WriterPlace(writer: 2, AuditChain(seq: 4, hash: b.rows[3].record.hash)))]
    let more = next + b.lines[4...]
    #expect(finding(one + two + three + [seal] + more) == nil)
    #expect(finding(one + two + three + [seal, next[0]] + more.dropFirst(2))?.kind == .gap)
  }
}
