import Audit
import Crypto
import EventLoop
import FleetFixture
import Testing

@Suite("A list of heads")
struct FleetHeadsTests {
  private let own = WriterPlace(writer: 2, AuditChain(seq: 6, hash: [UInt8](repeating: 6, count: 32)))
  private let heads = [
    Self.head(9, "c\u{202e}\"", 4), Self.head(2, "a", 6), Self.head(1, "b", 3), Self.head(4, "d", 0),
  ]

  private static func head(_ writer: Int64, _ replica: String, _ seq: Int64) -> FleetHeads.Head {
    let hash = [UInt8](repeating: seq == 0 ? 0 : UInt8(writer), count: 32)
    return FleetHeads.Head(writer: writer, replica: replica, seq: seq, hash: hash)
  }

  @Test("says what was put into it, by ascending writers, without itself and those that wrote nothing")
  func round() throws {
    let list = FleetHeads(in: own, naming: heads, signedBy: try signer(7))
    #expect(list.heads.map { $0.end.writer } == [1, 9])
    let text = list.record(time: WallTime(microseconds: start), organization: "example")
    #expect(FleetHeads.isList(text))
    let read = try #require(FleetHeads(record: text, after: own.place))
    #expect(read == list)
    #expect(read.objection([try signer(7).publicKey]) == nil)
    #expect(read.objection([try signer(8).publicKey]) != nil)
    #expect(
      FleetHeads(in: own, naming: heads, signedBy: nil).objection([try signer(7).publicKey]) == "it is not signed")
  }

  @Test("is good at its place alone, and as it was signed")
  func bound() throws {
    let list = FleetHeads(in: own, naming: heads, signedBy: try signer(7))
    let text = String(
      decoding: list.record(time: WallTime(microseconds: start), organization: "example"), as: UTF8.self)
    let keys = [try signer(7).publicKey]
    let elsewhere = AuditChain(seq: 6, hash: [UInt8](repeating: 5, count: 32))
    #expect(try #require(FleetHeads(record: Array(text.utf8), after: elsewhere)).objection(keys) != nil)
    #expect(FleetHeads(record: Array(text.utf8), after: AuditChain(seq: 7, hash: own.place.hash)) == nil)
    for (old, new) in [
      (#""writer":9"#, #""writer":8"#), (#""seq":4"#, #""seq":5"#), (#""replica":"b""#, #""replica":"x""#),
      (#""writer":2,"heads""#, #""writer":3,"heads""#), ("0101", "0102"),
    ] {
      let changed = text.replacing(old, with: new)
      #expect(changed != text, "\(old)")
      #expect(
        FleetHeads(record: Array(changed.utf8), after: own.place).map { $0.objection(keys) != nil } ?? true, "\(old)")
    }
    #expect(
      FleetHeads(record: Array(text.replacing(#""writer":9"#, with: #""writer":1"#).utf8), after: own.place) == nil,
      "not ascending")
  }

  @Test("is checked where it stands in a chain")
  func inChain() throws {
    let key = try signer(7)
    let (a, b) = (ChainFixture(1, "a", clock: start), ChainFixture(2, "b", clock: start))
    a.list([b.head], key)
    a.record()
    #expect(finding(a.lines) == nil)
    #expect(finding(a.lines) { ($0.keys, $0.allowsOpenTail) = ([key.publicKey], true) } == nil)
    let stranger = try signer(8)
    #expect(finding(a.lines) { ($0.keys, $0.allowsOpenTail) = ([stranger.publicKey], true) }?.kind == .badSignature)
    // Another chain's list, hashed as if it were this one's.
    b.append(a.rows[1].record.record, decision: "heads")
    #expect(finding(b.lines)?.kind == .badSignature)
  }

  @Test("names all chains at first, and then those that have grown")
  func news() {
    var news = HeadNews()
    #expect(news.take(heads) == heads)
    #expect(news.take(heads).isEmpty)
    let grown = [FleetHeads.Head(writer: 1, replica: "b", seq: 5, hash: own.place.hash), heads[1], heads[0]]
    #expect(news.take(grown) == [grown[0]])
    #expect(
      news.take(heads).map { $0.end.writer } == [1, 4], "one that was gone for a while, and one that was set back")
  }

  @Test("and the first record of a chain say what was put into them")
  func chainStart() {
    for predecessor in [nil, own] {
      let start = ChainStart(writer: 7, replica: "r \u{202e}\"\\", predecessor: predecessor)
      let text = start.record(time: WallTime(microseconds: 0), organization: "")
      #expect(ChainStart(record: text) == start)
    }
    let later = ChainStart(writer: 2, replica: "r", predecessor: own)
    #expect(ChainStart(record: later.record(time: .now, organization: "o")) == nil, "no chain goes on from itself")
  }
}
