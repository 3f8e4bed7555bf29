import Foundation
import JSON
import TestKit
import Testing

@Suite("What a terminal could obey", .timeLimit(.minutes(30)))
struct UnseenTextTests {
  /// One of each kind that nobody sees, or that changes what is seen around it.
  static let unseen: [Unicode.Scalar] = [
    "\u{7F}", "\u{80}", "\u{85}", "\u{9B}", "\u{9F}", "\u{AD}", "\u{34F}", "\u{61C}", "\u{115F}", "\u{180E}",
    "\u{200B}", "\u{A0}", "\u{1160}", "\u{17B4}", "\u{2003}", "\u{2062}", "\u{2800}", "\u{3000}", "\u{FFA0}",
    "\u{16FE4}",
    "\u{1D159}", "\u{13441}",
    "\u{200D}", "\u{200E}", "\u{200F}", "\u{2028}", "\u{2029}", "\u{202A}", "\u{202E}", "\u{2060}", "\u{2066}",
    "\u{2069}",
    "\u{3164}", "\u{E000}", "\u{FE0F}", "\u{FEFF}", "\u{FFF9}", "\u{E0001}", "\u{E0061}", "\u{E0100}", "\u{10FFFD}",
  ]

  private static func isPlain(_ text: String) -> Bool { !text.unicodeScalars.contains { unseen.contains($0) } }

  @Test("is escaped in every record, wherever it is read, and the record is still the one that was hashed")
  func records() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.audit = "sinks: [stdout, {file: {path: audit.jsonl}}]"
      $0.policy = ["unknown_fields: forward"]
    }
    var ids: [String] = []
    for scalar in Self.unseen {
      let id = "é€😀-\(scalar)-\(scalar.value)"
      // Some of these no caller may use; a refusal is a record, too.
      _ = try gateway.create(GatewayProcess.command(id, name: "n-\(scalar.value)"))
      _ = try gateway.create(GatewayProcess.command("f-\(scalar.value)", name: "\(scalar)", "\"\(scalar)\":1"))
      ids.append(id)
    }
    #expect(gateway.terminate() == 0)
    let records = ChildProcess.jsonLines(gateway.process.standardOutput)
    #expect(records.count >= Self.unseen.count)
    #expect(Self.isPlain(gateway.process.standardOutput) && Self.isPlain(gateway.process.standardError))
    let kept = Set(records.compactMap { $0["command_id"]?.string })
    #expect(!kept.isDisjoint(with: ids), "to a program it is the same text")
    #expect(gateway.process.standardOutput.contains("é€😀-"), "what is seen stays")
    let file = gateway.scratch.path("audit.jsonl")
    #expect(Self.isPlain(try String(contentsOfFile: file, encoding: .utf8)))
    let ledger = ["--ledger", gateway.scratch.path("ledger.db")]
    for command in [
      ["tail", "-n", "1000"], ["query"], ["query", "--format", "jsonl"], ["query", "--format", "csv"], ["export"],
    ] {
      let process = try ChildProcess("convene", ["audit"] + command + ledger)
      #expect(process.waitForExit() == 0)
      #expect(Self.isPlain(process.standardOutput), "\(command)")
      guard command == ["export"] || command[0] == "tail" else { continue }
      let exported = try gateway.scratch.write(process.standardOutput, to: "exported.jsonl")
      for verified in [[exported, "--allow-open-tail"], [file, "--allow-open-tail"], ledger] {
        let verify = try ChildProcess("convene", ["audit", "verify"] + verified)
        #expect(verify.waitForExit() == 0, "\(verify.standardError)")
      }
    }
  }
}
