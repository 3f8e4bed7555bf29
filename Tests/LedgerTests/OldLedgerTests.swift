import Audit
import Crypto
import Foundation
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

/// What version 2 of the ledger has left, made by the program that wrote it: one day of two teams, with a clamped command, a
/// lost reply and its resend, a command that a killed process left, and refusals. `export-2.jsonl` is its sealed export.
@Suite("The record of an earlier version", .timeLimit(.minutes(30)))
struct OldLedgerTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent().path + "/Fixtures"
  private static let publicKey = SigningKey.ofTests?.publicKey.bytes.base64 ?? ""

  private let scene: Scene

  init() throws {
    scene = try Scene()
    try write(try #require(contents(Self.fixtures + "/ledger-2.db")), to: scene.path)
    try write(try #require(contents(Self.fixtures + "/export-2.jsonl")), to: scene.directory.file("export.jsonl"))
  }

  private func run(_ arguments: String...) throws -> (code: Int32, output: String, errors: String) {
    let process = try ChildProcess("convene", ["audit"] + arguments)
    let code = process.waitForExit()
    return (code, process.standardOutput, process.standardError)
  }

  private func seqs(_ arguments: String...) throws -> [Int64] {
    let process = try ChildProcess(
      "convene", ["audit", "query", "--ledger", scene.path, "--format", "jsonl"] + arguments)
    #expect(process.waitForExit() == 0, "\(process.standardError)")
    return ChildProcess.jsonLines(process.standardOutput).compactMap { $0["seq"]?.integer }
  }

  @Test("verifies, in the ledger and as an export, before the file is brought to this version and afterwards")
  func verifies() throws {
    let export = try run("verify", scene.directory.file("export.jsonl"), "--public-key", Self.publicKey)
    #expect(export.code == 0 && export.output.contains("; sealed; signed with"), "\(export)")
    let ledger = try run("verify", "--ledger", scene.path, "--public-key", Self.publicKey)
    #expect(ledger.code == 0 && ledger.output.hasPrefix("intact: 16 records"), "\(ledger)")
    let again = try run("export", "--ledger", scene.path)
    #expect(again.code == 0)
    // But for the seal.
    let old = lines(try #require(contents(scene.directory.file("export.jsonl"))))
    #expect(lines(Array(again.output.utf8)) == old.dropLast())
    let opened = try scene.openSigned()
    try opened.record(1)
    opened.close()
    #expect(try run("verify", "--ledger", scene.path, "--public-key", Self.publicKey).code == 0)
    #expect(try seqs("--team", "sales", "--decision", "forwarded") == [2, 13, 14])
  }

  @Test("answers what it can: what is in it")
  func queries() throws {
    #expect(try seqs("--request-id", "r-4") == [4])
    #expect(try seqs("--status", "4xx", "--status", "504") == [3, 4, 5, 7, 8, 9, 15])
    #expect(try seqs("--rule", "region") == [3] && seqs("--rule", "limits.few") == [15])
    #expect(try seqs("--call-control-id", "v3:call-of-a-fixture", "--team", "support") == [1, 6, 7, 9, 12])
    #expect(try seqs("--where", "max_participants >= 200") == [1, 6], "only what policy touched is in it")
    #expect(try seqs("--where", "region = Australia") == [3])
    #expect(try seqs("--where", "client_state = b2xk", "--status", "403") == [3])
    #expect(try seqs("--where", "call_control_id != v3:call-of-a-fixture").isEmpty)
    #expect(try seqs("--outcome", "unknown").isEmpty)
    let table = try run("query", "--ledger", scene.path, "--decision", "refused", "--decision", "recovered")
    #expect(table.code == 0 && table.output.split(separator: "\n").count == 6, "\(table)")
    let csv = try run("query", "--ledger", scene.path, "--format", "csv")
    #expect(csv.code == 0 && csv.output.split(separator: "\r\n").count == 15)
  }
}
