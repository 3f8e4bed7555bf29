import Audit
import Crypto
import EventLoop
import FleetFixture
import Testing

/// Chains that grow while they are followed.
private final class GrowingChains: ChainSource {
  var chains: [ChainFixture] = []
  /// Writers that have begun and have no record yet.
  var empty: [Int64: String] = [:]
  /// Runs before the chain behind this writer is asked for, once.
  var growth: [Int64: () -> Void] = [:]

  func chain(after writer: Int64) -> FleetChain? {
    growth.removeValue(forKey: writer)?()
    let all = chains.map { FleetChain(writer: $0.writer, replica: $0.replica) } + empty.map(FleetChain.init)
    return all.filter { $0.writer > writer }.min { $0.writer < $1.writer }
  }

  func page(of writer: Int64, after seq: Int64, most: Int) -> TablePage {
    let chain = chains.first { $0.writer == writer }
    let rows = (chain?.rows ?? []).filter { $0.record.seq > seq }.prefix(most)
    var notes = AuditNotes(anchor: nil, checkpoint: nil, head: nil)
    notes.head = chain?.end.place ?? .start
    return TablePage(
      rows: rows.map {
        TablePage.Row(
          seq: $0.record.seq, record: $0.record.record, hash: $0.record.hash, time: $0.time, columnsAgree: true)
      }, notes: notes)
  }

  func find(_ places: [WriterPlace]) -> [FoundPlace] {
    places.map { place in
      let chain = chains.first { $0.writer == place.writer }
      let row = chain?.rows.first { $0.record.seq == place.place.seq }
      return FoundPlace(hash: row?.record.hash, dropped: nil, isKnown: chain != nil)
    }
  }
}

@Suite("Chains that grow while they are followed")
struct FleetVerifierTests {
  private let source = GrowingChains()

  private func verify() throws -> FleetVerifier.Summary {
    var verifier = FleetVerifier(AuditVerifier.Terms(), now: WallTime(microseconds: start))
    return try verifier.verify(source)
  }

  @Test("are followed up to whatever a list names")
  func grown() throws {
    let (a, b) = (ChainFixture(1, "a", clock: start), ChainFixture(2, "b", clock: start))
    a.record(3)
    source.chains = [a, b]
    source.growth[1] = {
      a.record(2500)
      b.list([a.head], nil)
      a.record()
    }
    #expect(try verify().records == 2504 + 2)
  }

  @Test("may have had no record at first, or not have been there")
  func begun() throws {
    let b = ChainFixture(5, "b", clock: start)
    source.empty[1] = "a"
    source.chains = [b]
    source.growth[1] = {
      let (a, late) = (ChainFixture(1, "a", clock: start), ChainFixture(3, "late", clock: start))
      a.record(2)
      self.source.empty = [:]
      self.source.chains += [a]
      self.source.growth[3] = nil
      self.source.growth[5] = {
        self.source.chains += [late]
        b.list([a.head, late.head], nil)
      }
    }
    // The list came after its chain was followed: it isn't seen, and nothing is wrong.
    #expect(try verify().records == 1)
    let summary = try verify()
    #expect(summary.records == 3 + 1 + 2 && summary.chains == 3)
    source.growth[1] = {
      b.record()
      let (latest, before) = (ChainFixture(4, "x", clock: start), b.end)
      self.source.chains += [latest]
      b.list([latest.head], nil)
      #expect(before.place.seq == 3)
    }
    #expect(try verify().chains == 4)
  }

  @Test("whose writer began while others were followed are those of its name")
  func emptyAtFirst() throws {
    let b = ChainFixture(5, "b", clock: start)
    source.empty[1] = "a"
    source.chains = [b]
    source.growth[1] = {
      let a = ChainFixture(1, "a", clock: start)
      self.source.empty = [:]
      self.source.chains += [a]
      b.list([a.head], nil)
    }
    #expect(try verify().records == 3)
    source.chains = [b]
    source.empty[1] = "a"
    b.record()
    source.growth[1] = {
      self.source.empty = [:]
      self.source.chains += [ChainFixture(1, "another", clock: start)]
    }
    let end = b.end.place
    #expect(end.seq == 3)
    #expect(throws: AuditFinding.self) { try verify() }
  }
}
