import Audit
import Conference
import EventLoop
import Gateway
import JSON
import Ledger
import LedgerSQLite
import Testing

@Suite("What a caller wrote", .everyOwnStore)
struct LongTextTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func record(_ fields: AuditFields, _ change: (inout AuditEntry) -> Void = { _ in }) throws
    -> JSONValue
  {
    let ledger = try scene.open()
    var audit = entry()
    audit.fields = fields
    change(&audit)
    #expect(try ledger.ask(.record(audit)).isRecorded)
    ledger.close()
    let finding = try scene.finding()
    #expect(finding == nil, "\(String(describing: finding))")
    return try #require(try scene.records().first)
  }

  @Test("is on the record up to 256 bytes, with its length")
  func cut() throws {
    let long = String(repeating: "x", count: 60_000)
    let record = try record([
      .init(name: long, change: "refused", asked: nil, effective: nil),
      .init(name: "hold_audio_url", change: "forced", asked: .string(long), effective: .string(long + "y")),
      .init(name: "name", change: "refused", asked: .array([.string(long)]), effective: .null),
      .init(name: String(long.prefix(256)), change: "refused", asked: .integer(.max), effective: .boolean(true)),
    ])
    let fields = try #require(record["fields"]?.array)
    let short = String(long.prefix(256))
    #expect(fields[0]["name"]?.string == short && fields[0]["name_bytes"]?.integer == 60_000)
    #expect(fields[1]["name"]?.string == "hold_audio_url" && fields[1]["name_bytes"] == nil)
    #expect(fields[1]["asked"]?.string == short && fields[1]["asked_bytes"]?.integer == 60_000)
    #expect(fields[1]["effective"]?.string == short && fields[1]["effective_bytes"]?.integer == 60_001)
    #expect(fields[2]["asked"]?.string?.hasPrefix("[\"xxx") == true && fields[2]["asked_bytes"]?.integer == 60_004)
    #expect(fields[2]["effective"] == .null)
    #expect(fields[3]["name"]?.string == short && fields[3]["name_bytes"] == nil)
    #expect(fields[3]["asked"] == .integer(.max) && fields[3]["effective"] == .boolean(true))
  }

  @Test("is cut between characters", arguments: ["é", "€", "😀", "\u{0}", "\u{202E}"])
  func characters(character: String) throws {
    for shift in 0..<4 {
      let text = String(repeating: "a", count: shift) + String(repeating: character, count: 400)
      let cut = AuditText(text)
      #expect(text.utf8.starts(with: cut.text.utf8) && !cut.text.unicodeScalars.contains("\u{FFFD}"))
      #expect((253...256).contains(cut.text.utf8.count) && cut.bytes == text.utf8.count)
    }
    #expect(AuditText(String(repeating: "é", count: 128)).bytes == nil)
  }

  @Test("in any other place of the record is cut likewise")
  func places() throws {
    let long = String(repeating: "é", count: 300)
    let record = try record([]) {
      ($0.peer, $0.requestID, $0.traceparent, $0.commandID) = (long, long, long, long)
    }
    for name in ["peer", "request_id", "traceparent", "command_id"] {
      #expect(record[name]?.string?.utf8.count == 256 && record["\(name)_bytes"]?.integer == 600, "\(name)")
    }
  }

  @Test("in thousands of fields is a few of them, and the number of the others")
  func many() throws {
    let record = try record(AuditFields((1...10_000).map { .init(name: "\($0)", change: "refused") }))
    #expect(record["fields"]?.array?.count == 32 && record["fields_omitted"]?.integer == 9968)
    #expect(record["fields"]?.array?.last?["name"]?.string == "32")
  }
}
