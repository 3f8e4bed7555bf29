import Audit
import Crypto
import Ledger
import LedgerSQLite
import Testing

@Suite("An exported audit")
struct VerificationTests {
  private let scene: Scene
  private let key: SigningKey

  init() throws {
    scene = try Scene()
    key = try #require(SigningKey.ofTests)
  }

  /// So many records with checkpoints between and a seal at the end.
  private func sealed(_ count: Int) throws -> [UInt8] {
    let ledger = try scene.openSigned(every: 20)
    for _ in 0..<(count / 20) { try ledger.record(20) }
    ledger.close()
    return try scene.exported(sealedBy: key)
  }

  @Test("shows every byte that was flipped, without any key")
  func flips() throws {
    let bytes = try sealed(200)
    let whole = lines(bytes)
    #expect(whole.count > 200)
    #expect(finding(bytes) == nil)
    var before = AuditVerifier()
    var start = 0
    for (index, line) in whole.enumerated() {
      // Up to this line nothing is changed, so it is followed once.
      for offset in 0...line.count {
        // Without its line feed a line runs into the next one, so that is looked at too.
        let next = index + 1 < whole.count ? whole[index + 1].count + 1 : 0
        var rest = Array(bytes[start..<(start + line.count + 1 + next)])
        rest[offset] ^= 1 << UInt8(offset % 8)
        guard (try? follow(rest, before, line: index + 1, ends: next == 0)) != nil else { continue }
        Issue.record("line \(index + 1), byte \(offset)")
      }
      before = try follow(line + [UInt8(ascii: "\n")], before, line: index + 1, ends: false)
      start += line.count + 1
    }
  }

  @Test("shows every place at which its tail was cut")
  func cuts() throws {
    let bytes = try sealed(40)
    var terms = AuditVerifier.Terms()
    (terms.keys, terms.wantsSignatures) = ([key.publicKey], true)
    var before = (without: AuditVerifier(), with: AuditVerifier(terms))
    for (index, line) in lines(bytes).enumerated() {
      func kind(_ part: [UInt8], _ verifier: AuditVerifier) -> AuditFinding.Kind? {
        do throws(AuditFinding) {
          _ = try follow(part, verifier, line: index + 1)
          return nil
        } catch {
          return error.kind
        }
      }
      // Before the first checkpoint nothing in the file tells of signatures; whoever knows the key does.
      #expect(kind([], before.with) == .truncated, "before line \(index + 1)")
      #expect(kind([], before.without) == (index > 20 ? .truncated : nil), "before line \(index + 1)")
      for length in 1...line.count {
        #expect(kind(Array(line[..<length]), before.without) == .torn, "line \(index + 1), byte \(length)")
      }
      before.with = try follow(line + [UInt8(ascii: "\n")], before.with, ends: false)
      before.without = try follow(line + [UInt8(ascii: "\n")], before.without, ends: false)
    }
    try before.with.finish()
    let behindCheckpoint = joined(lines(bytes).prefix(22))
    #expect(finding(behindCheckpoint)?.kind == .truncated)
    #expect(finding(behindCheckpoint) { $0.allowsOpenTail = true } == nil)
  }

  @Test("names what is missing, moved or put in")
  func kinds() throws {
    let whole = Array(lines(try sealed(40)))
    func kind(_ change: (inout [[UInt8]]) -> Void) -> AuditFinding? {
      var changed = whole
      change(&changed)
      return finding(joined(changed))
    }
    let removed = kind { $0.remove(at: 2) }
    #expect(removed?.kind == .gap && removed?.place?.line == 3 && removed?.reason == "record 3 is missing")
    #expect(kind { $0.removeSubrange(2...4) }?.reason == "records 3 to 5 are missing")
    #expect(kind { $0.swapAt(1, 2) }?.kind == .gap)
    #expect(kind { $0.removeFirst() }?.kind == .gap, "the seal says where it began")
    #expect(kind { $0.insert(Array("{}".utf8), at: 1) }?.kind == .edited)
    #expect(kind { $0.insert([], at: 1) }?.kind == .edited)
    #expect(kind { $0.removeSubrange(30..<($0.count - 1)) }?.kind == .gap, "and where it ended")
    let end = whole.count - 1
    #expect(kind { $0[end].removeLast(10) }?.description.hasPrefix("edited: file: line \(end + 1): ") == true)
  }

  @Test("may begin at any record, and says at which")
  func later() throws {
    let ledger = try scene.open()
    try ledger.record(10)
    ledger.close()
    let rest = joined(lines(try scene.exported()).dropFirst(4))
    let verifier = try follow(rest)
    #expect(verifier.summary.first == 5 && verifier.summary.records == 6 && verifier.chain?.seq == 10)
  }

  @Test("may hold records again after a crash, but no other ones with their numbers")
  func repeated() throws {
    let ledger = try scene.open()
    try ledger.record(10)
    ledger.close()
    let whole = lines(try scene.exported())
    let twice = whole[..<6] + whole[2..<6] + whole[4...]
    let verifier = try follow(joined(twice))
    #expect(verifier.summary.repeated == 6 && verifier.summary.records == 10)

    let other = try Scene()
    other.clock.advance(.seconds(1))
    let stranger = try other.open()
    try stranger.record(10)
    stranger.close()
    let foreign = lines(try other.exported())
    let mixed = finding(joined(whole[..<6] + foreign[4..<6] + whole[6...]))
    #expect(mixed?.kind == .edited && mixed?.seq == 5)
  }

  @Test("that was signed with another key, or by nobody, does not pass for signed with this one")
  func signatures() throws {
    let stranger = try #require(SigningKey.stranger)
    let bytes = try sealed(40)
    #expect(finding(bytes) { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) } == nil)
    #expect(finding(bytes) { $0.keys = [stranger.publicKey, key.publicKey] } == nil)
    let other = finding(bytes) { $0.keys = [stranger.publicKey] }
    #expect(other?.kind == .badSignature && other?.seq == 21)

    // A stranger can write a whole chain anew, but can't sign it.
    let forged = try Scene()
    let ledger = try forged.openSigned(every: 20, key: stranger)
    try ledger.record(40)
    ledger.close()
    #expect(finding(try forged.exported(sealedBy: stranger)) { $0.keys = [key.publicKey] }?.kind == .badSignature)
    let unsigned = try Scene()
    let plain = try unsigned.open()
    try plain.record(40)
    plain.close()
    #expect(
      finding(try unsigned.exported()) { ($0.keys, $0.wantsSignatures) = ([key.publicKey], true) }?.kind == .truncated)
  }

  @Test("holds the record that was noted elsewhere")
  func expected() throws {
    let ledger = try scene.open()
    try ledger.record(10)
    ledger.close()
    let bytes = try scene.exported()
    let end = try #require(try follow(bytes).chain)
    #expect(finding(bytes) { $0.expected = end } == nil)
    #expect(finding(joined(lines(bytes).dropLast())) { $0.expected = end }?.kind == .truncated)
    #expect(finding(joined(lines(bytes).dropFirst())) { $0.expected = AuditChain(seq: 1, hash: end.hash) } != nil)
    #expect(finding(bytes) { $0.expected = AuditChain(seq: 5, hash: end.hash) }?.kind == .edited)
    #expect(try scene.finding { $0.expected = end } == nil)
    #expect(try scene.finding { $0.expected = AuditChain(seq: 11, hash: end.hash) }?.kind == .truncated)
  }
}
