import Audit
import Crypto
import EventLoop
import Foundation
import GRDB
import Gateway
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("convene audit", .timeLimit(.minutes(30)))
struct AuditCommandTests {
  private let scene: Scene
  private let key: SigningKey

  init() throws {
    scene = try Scene()
    key = try #require(SigningKey.ofTests)
  }

  private func run(_ arguments: String..., input: String? = nil) throws -> (code: Int32, output: String, errors: String)
  {
    let process = try ChildProcess("convene", ["audit"] + arguments, input: input)
    let code = process.waitForExit()
    return (code, process.standardOutput, process.standardError)
  }

  private func fill(_ count: Int = 25) throws {
    let ledger = try scene.openSigned(every: 10)
    for _ in 0..<count { try ledger.record(1) }
    ledger.close()
  }

  /// A configuration that names the ledger and the key.
  private func configuration() throws -> String {
    try write(Array(key.seed.reveal().base64.utf8), to: scene.directory.file("signing.key"))
    try write(
      Array("version: 1\nteam: t\ncallers: [{name: c, unix_uid: 1}]\n".utf8), to: scene.directory.file("t.yaml"))
    let text = """
      version: 1
      organization: example
      upstream: {tokens: [{env: NOT_SET}]}
      ledger: {path: ledger.db}
      audit: {checkpoint: {key: {file: signing.key}}}
      teams: [t.yaml]
      """
    try write(Array(text.utf8), to: scene.directory.file("gateway.yaml"))
    return scene.directory.file("gateway.yaml")
  }

  @Test("verify has an exit code of its own for each thing that can be wrong, and names the first one in a line")
  func exitCodes() throws {
    try fill()
    let file = scene.directory.file("export.jsonl")
    let whole = lines(try scene.exported(sealedBy: key))
    func code(_ bytes: [UInt8], _ arguments: String...) throws -> Int32 {
      try write(bytes, to: file)
      let process = try ChildProcess("convene", ["audit", "verify", file] + arguments)
      let code = process.waitForExit()
      #expect(process.standardError.split(separator: "\n").count <= 1 || code == 2)
      #expect((process.standardOutput.isEmpty) == (code != 0))
      return code
    }
    let bytes = joined(whole)
    #expect(try code(bytes) == 0)
    #expect(try code(bytes, "--public-key", key.publicKey.bytes.base64) == 0)
    #expect(try run("verify", "/nowhere").code == 1)
    #expect(try code(bytes, "--public-key", "no key") == 2)
    #expect(try code(bytes.dropLast()) == 3)
    var edited = bytes
    edited[700] ^= 4
    #expect(try code(edited) == 4)
    #expect(try code(joined(whole.dropLast())) == 5)
    #expect(try code(joined(whole.dropLast()), "--allow-open-tail") == 0)
    #expect(try code(joined(whole[..<5] + whole[6...])) == 6)
    let stranger = try #require(SigningKey.stranger).publicKey.bytes.base64
    #expect(try code(bytes, "--public-key", stranger) == 7)
    #expect(try run("verify", "--ledger", scene.path).code == 0)
    #expect(try run("verify", "--ledger", scene.path, "--public-key", stranger).code == 7)
  }

  @Test("verify says what it was given where that is a ledger itself, or a file that was compressed")
  func otherFiles() throws {
    try fill()
    let ledger = try run("verify", scene.path)
    #expect(ledger.code == 1 && ledger.errors.contains("give it with --ledger"), "\(ledger)")
    let file = scene.directory.file("export.jsonl.gz")
    try write([0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3], to: file)
    let compressed = try run("verify", file)
    #expect(compressed.code == 1 && compressed.errors.contains("this is compressed"), "\(compressed)")
  }

  @Test("verify reads rotated files in order, and standard input")
  func files() throws {
    try fill()
    let whole = lines(try scene.exported(sealedBy: key))
    let (older, newer) = (scene.directory.file("audit.jsonl.1"), scene.directory.file("audit.jsonl"))
    try write(joined(whole[..<9]), to: older)
    try write(joined(whole[9...]), to: newer)
    let both = try run("verify", older, newer)
    #expect(both.code == 0 && both.output.hasPrefix("intact: \(whole.count - 1) records, verified from seq 1 to "))
    #expect(try run("verify", newer, older, "--allow-open-tail").code != 0)
    let piped = try run("verify", "-", input: newer)
    #expect(piped.code == 6, "the seal vouches for record 1 too")
    try write(joined(whole.dropLast()[9...]), to: newer)
    let open = try run("verify", "-", "--allow-open-tail", input: newer)
    #expect(open.code == 0 && open.output.contains("verified from seq 10"))
  }

  @Test("verify finds a chain that was written anew without checkpoints, where the configuration names a key")
  func unsigned() throws {
    let configuration = try configuration()
    func unsigned(_ count: Int) throws {
      let ledger = try scene.openSigned(key: nil)
      try ledger.record(count)
      ledger.close()
    }
    try unsigned(20)
    let old = try run("verify", "--config", configuration)
    #expect(old.code == 5 && old.errors.contains("truncated: seq 20: no checkpoint vouches for"), "\(old)")
    #expect(old.errors.contains("where a key was configured only now, start the gateway first"), "\(old)")
    #expect(try run("verify", "--ledger", scene.path).code == 0, "there is no word of a key")
    try scene.write { try $0.execute(sql: "DELETE FROM audit; DELETE FROM meta") }
    scene.clock.advance(.microseconds(WallTime.now.microseconds - scene.clock.wall.microseconds))
    try unsigned(20)
    let young = try run("verify", "--config", configuration)
    #expect(young.code == 0 && young.output.contains("nothing is signed"), "a first checkpoint may be yet to come")
    try unsigned(981)
    #expect(try run("verify", "--config", configuration).code == 5, "more than a checkpoint may wait for")
  }

  @Test("verify finds it, too, where a chain goes on without checkpoints behind its last one")
  func unsignedEnd() throws {
    let configuration = try configuration()
    try fill()
    let ledger = try scene.openSigned(key: nil)
    try ledger.record(1000)
    #expect(try run("verify", "--config", configuration).code == 0)
    try ledger.record(1)
    ledger.close()
    #expect(try run("verify", "--config", configuration).code == 5)
  }

  @Test("export writes what verify accepts, sealed where the configuration names a key")
  func export() throws {
    try fill()
    let configuration = try configuration()
    let file = scene.directory.file("export.jsonl")
    #expect(try run("export", "--config", configuration, "-o", file).code == 0)
    #expect(contents(file) == (try scene.exported(sealedBy: key)))
    #expect(
      try run("verify", file, "--public-key", key.publicKey.bytes.base64).output.contains("; sealed; signed with"))
    let verified = try run("verify", "--config", configuration)
    #expect(verified.code == 0 && verified.output.contains("signed with \(key.publicKey.name)"))
    let open = try run("export", "--ledger", scene.path)
    #expect(open.code == 0)
    #expect(Array(open.output.utf8) == (try scene.exported()))
    // A file that can't be written whole is not there at all.
    #expect(try run("export", "--ledger", scene.path, "-o", scene.directory.file("no/file")).code == 1)
    #expect(!names(in: scene.directory.path).contains { $0.hasSuffix(".partial") })
    try scene.write {
      try $0.execute(sql: "UPDATE audit SET record = replace(record, 'request_id', 'request_ID') WHERE seq = 3")
    }
    let broken = try run("export", "--config", configuration)
    #expect(broken.code == 1 && broken.errors.hasPrefix("not sealed, since it is not intact: edited: "))
  }

  @Test("query filters by everything that it is told")
  func query() throws {
    let ledger = try scene.openSigned()
    for number in 1...4 {
      _ = try ledger.ask(admission("command-\(number)", team: number < 3 ? "support" : "sales"))
      _ = try ledger.ask(settlement("command-\(number)"))
      scene.clock.advance(.seconds(60))
    }
    _ = try ledger.ask(admission("command-1"))
    ledger.close()
    func seqs(_ arguments: String...) throws -> [Int64] {
      let process = try ChildProcess(
        "convene", ["audit", "query", "--ledger", scene.path, "--format", "jsonl"] + arguments)
      #expect(process.waitForExit() == 0)
      return ChildProcess.jsonLines(process.standardOutput).compactMap { $0["seq"]?.integer }
    }
    #expect(try seqs() == [1, 2, 3, 4, 5], "the checkpoint decides nothing")
    #expect(try seqs("--decision", "replayed") == [5])
    #expect(try seqs("--decision", "checkpoint") == [6])
    #expect(try seqs("--command-id", "command-1") == [1, 5])
    #expect(try seqs("--team", "support", "--caller", "dialer", "--limit", "2") == [4, 5])
    #expect(try run("query", "--ledger", scene.path, "--team", "nobody").code == 2)
    #expect(try seqs("--since", "2026-11-23T19:01:00Z", "--until", "2026-11-23T19:03:00Z") == [2, 3])
    #expect(try seqs("--until", "2026-11-23T19:00:00Z").isEmpty)
    #expect(try run("query", "--ledger", scene.path, "--limit", "0").code == 2)
  }

  @Test("a table and CSV show what is invisible and begin no formula; CSV quotes its quotes")
  func formats() throws {
    let ledger = try scene.open()
    var audit = entry("=1+1\"\u{1b}[2J\u{202e}\n")
    audit.caller = "@sum\u{7f}"
    audit.team = "-2"
    audit.status = 403
    _ = try ledger.ask(.record(audit))
    ledger.close()
    let csv = try run("query", "--ledger", scene.path, "--format", "csv").output
    let rows = csv.split(separator: "\r\n")
    #expect(rows.count == 2)
    let row = try #require(rows.last)
    #expect(row.contains(#","'=1+1""\u{1b}[2J\u{202e}\u{a}","#) && row.contains(#","'-2","'@sum\u{7f}","#))
    let table = try run("query", "--ledger", scene.path).output
    #expect(table.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
    #expect(table.split(separator: "\n").count == 2 && table.contains("403"))
  }

  @Test("tail follows a running ledger, and ends with 0 when it is told to")
  func tail() throws {
    let ledger = try scene.openSigned()
    try ledger.record(5)
    let process = try ChildProcess("convene", ["audit", "tail", "-f", "-n", "2", "--ledger", scene.path])
    #expect(try process.lines(2, of: \.standardOutput) { _ in true }.map { $0["seq"]?.integer } == [4, 5])
    try ledger.record(3)
    #expect(try process.lines(5, of: \.standardOutput) { _ in true }.map { $0["seq"]?.integer } == [4, 5, 6, 7, 8])
    process.signal(SIGINT)
    #expect(process.waitForExit() == 0)
    ledger.close()
    #expect(try run("tail", "-n", "1", "--ledger", scene.path).output.contains("checkpoint"))
  }

  @Test("tail ends when its reader has had enough, though nothing is written any more")
  func readerGone() throws {
    try fill()
    let convene = try ChildProcess.executable("convene").path
    let process = try ChildProcess(
      "/bin/sh", ["-c", "\"$0\" audit tail -f --ledger \"$1\" | head -n 1", convene, scene.path])
    #expect(process.waitForExit() == 0)
    #expect(ChildProcess.jsonLines(process.standardOutput).count == 1)
  }

  @Test("no command changes or makes a file")
  func readOnly() throws {
    try fill()
    func state() -> [String: [UInt8]] {
      Dictionary(
        uniqueKeysWithValues: names(in: scene.directory.path).map { ($0, contents(scene.directory.file($0)) ?? []) })
    }
    let before = state()
    for command in ["verify", "query", "tail", "export"] {
      #expect(try run(command, "--ledger", scene.path).code == 0)
      #expect(try run(command, "--ledger", scene.directory.file("none.db")).code == 1)
      let inMemory = try run(command, "--ledger", ":memory:")
      #expect(inMemory.code == 1 && inMemory.errors.contains("in memory"))
    }
    #expect(state() == before)
    try write(Array("no database".utf8), to: scene.directory.file("other"))
    #expect(try run("verify", "--ledger", scene.directory.file("other")).code == 1)
  }

  @Test("a key made for signing is what the configuration takes")
  func newKey() throws {
    let process = try ChildProcess("convene", ["key", "new", "--signing"])
    #expect(process.waitForExit() == 0)
    let lines = process.standardOutput.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let seed = try #require([UInt8](base64: lines[1]))
    let made = try #require(SigningKey(seed: Secret(seed)))
    #expect(lines[3] == made.publicKey.bytes.base64 && lines[2].contains(made.publicKey.name))
  }

  @Test("what an older record has in it that a terminal could obey is escaped, but in an export that is to be verified")
  func olderRecords() throws {
    try fill()
    let id = "\u{9b}2J\u{202e}\u{2028}\u{e0061}"
    // As if an earlier version had written it.
    try scene.write {
      try $0.execute(
        sql: "UPDATE audit SET record = replace(record, '\"request_id\":\"1\"', ?)",
        arguments: ["\"request_id\":\"\(id)\""])
    }
    for command in [["tail", "-n", "100"], ["query", "--format", "jsonl"], ["query", "--format", "csv"], ["query"]] {
      let process = try ChildProcess("convene", ["audit"] + command + ["--ledger", scene.path])
      #expect(process.waitForExit() == 0)
      #expect(!process.standardOutput.unicodeScalars.contains { id.unicodeScalars.contains($0) && !$0.isASCII })
      guard command.last == "jsonl" || command[0] == "tail" else { continue }
      #expect(process.standardOutput.contains(#"\u009b2J\u202e\u2028\udb40\udc61"#))
      #expect(ChildProcess.jsonLines(process.standardOutput).contains { $0["request_id"]?.string == id })
    }
    #expect(try run("export", "--ledger", scene.path).output.contains(id))
  }

  @Test("export replaces an export and nothing else")
  func exportedPlace() throws {
    try fill()
    let configuration = try configuration()
    func export(_ name: String) throws -> (code: Int32, errors: String) {
      let result = try run("export", "--config", configuration, "-o", scene.directory.file(name))
      return (result.code, result.errors)
    }
    #expect(try export("export.jsonl").code == 0)
    #expect(try export("export.jsonl").code == 0)
    let whole = try #require(contents(scene.directory.file("export.jsonl")))
    try #require(symlink("export.jsonl", scene.directory.file("link")) == 0)
    try #require(symlink("/dev/null", scene.directory.file("null")) == 0)
    try #require(symlink("ledger.db", scene.directory.file("alias")) == 0)
    try #require(link(scene.directory.file("gateway.yaml"), scene.directory.file("hard")) == 0)
    try #require(mkfifo(scene.directory.file("pipe"), 0o600) == 0)
    try write(Array("notes\n".utf8), to: scene.directory.file("notes"))
    #expect(try export("link").code == 0)
    #expect(contents(scene.directory.file("export.jsonl")) == whole)
    let taken = [
      "ledger.db", "ledger.db-wal", "ledger.db.lock", "alias", "./ledger.db", "gateway.yaml", "t.yaml", "signing.key",
      "hard",
      "null", "pipe", "notes", ".",
    ]
    func state() -> [[UInt8]?] { taken.filter { $0 != "pipe" && $0 != "." }.map { contents(scene.directory.file($0)) } }
    let before = state()
    for name in taken {
      let refused = try export(name)
      #expect(refused.code == 1 && refused.errors.split(separator: "\n").count == 1, "\(name): \(refused)")
      #expect(state() == before, "\(name)")
    }
    #expect(!names(in: scene.directory.path).contains { $0.hasSuffix(".partial") })
    #expect(try run("verify", "--config", configuration).code == 0)
  }
}
