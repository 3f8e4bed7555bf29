import Audit
import Crypto
import EventLoop
import FleetFixture
import Foundation
import JSON
import LedgerPostgres
import TestKit
import Testing

@Suite("convene audit, of a shared ledger", .timeLimit(.minutes(30)))
struct SharedAuditTests {
  private let fleet: RecordedFleet
  private let (a, b): (ChainFixture, ChainFixture)
  private let key: SigningKey
  private let scratch: Scratch

  init() throws {
    key = try #require(RecordedFleet.key)
    scratch = try Scratch()
    let start = now() - 7_200_000_000
    (a, b) = (ChainFixture(1, "a", clock: start), ChainFixture(2, "b", clock: start + 500))
    for _ in 0..<3 {
      a.record()
      b.record(team: "sales")
    }
    a.list([b.head], key)
    a.checkpoint(key)
    fleet = try RecordedFleet([a, b])
  }

  private var url: String {
    let server = fleet.database.server
    let folder = server.socketFolder.replacing("/", with: "%2F")
    return "postgresql://\(fleet.auditing)@\(folder):\(server.port)/\(fleet.database.name)"
  }

  private func run(_ arguments: [String], of url: String? = nil) throws -> (code: Int32, output: String, errors: String)
  {
    let process = try ChildProcess("convene", ["audit"] + arguments + ["--url", url ?? self.url])
    let code = process.waitForExit()
    return (code, process.standardOutput, process.standardError)
  }

  private var publicKey: [String] { ["--public-key", key.publicKey.bytes.base64] }

  @Test("verify follows all chains, and finds what was noted elsewhere")
  func verify() throws {
    let intact = try run(["verify"] + publicKey)
    #expect(intact.code == 0, "\(intact)")
    #expect(
      intact.output.hasPrefix(
        "intact: 10 records of 2 chains; 1 checkpoints and 1 lists of heads vouch for them; signed"))
    let list = "1:5:\(a.rows[4].record.hash.hex)"
    #expect(intact.output.contains("; newest list of heads \(list)"))
    #expect(try run(["verify", "--expect", list]).code == 0)
    #expect(try run(["verify", "--expect", String(list.dropFirst(2))]).code == 2)
    #expect(try run(["verify", "--expect", "2" + list.dropFirst(1)]).code == 5)
    // With all that names it: only who noted the list knows.
    _ = try fleet.database.run(
      """
      DELETE FROM convene.audit WHERE writer = 2 OR seq > 4; DELETE FROM convene.writers WHERE id = 2;
      UPDATE convene.writers SET seq = 4, hash = (SELECT hash FROM convene.audit WHERE seq = 4)
      """)
    #expect(try run(["verify"]).code == 0)
    let gone = try run(["verify", "--expect", list])
    #expect(gone.code == 5 && gone.errors.hasPrefix("truncated: writer 1, seq 5: "), "\(gone)")
  }

  @Test("verify has the exit code of what is wrong, and says in whose chain")
  func codes() throws {
    _ = try fleet.database.run("DELETE FROM convene.audit WHERE writer = 2; DELETE FROM convene.writers WHERE id = 2")
    let missing = try run(["verify"])
    #expect(missing.code == 6 && missing.errors.hasPrefix("gap: writer 2, seq 4: "), "\(missing)")
    #expect(missing.output.isEmpty && missing.errors.split(separator: "\n").count == 1)
    let stranger = try #require(SigningKey(seed: Secret([UInt8](repeating: 8, count: 32))))
    #expect(try run(["verify", "--public-key", stranger.publicKey.bytes.base64]).code == 7)
  }

  @Test("query, tail and export say whose each record is, and go by it")
  func records() throws {
    let found = try run(["query", "--format", "jsonl", "--team", "sales", "--limit", "2"])
    #expect(found.code == 0, "\(found)")
    let lines = ChildProcess.jsonLines(found.output)
    #expect(lines.map { $0["seq"]?.integer } == [3, 4] && lines.allSatisfy { $0["writer"]?.integer == 2 })
    let rest = try run(["query", "--format", "csv", "--after-seq", "1:3", "--replica", "a"])
    let rows = rest.output.split(separator: "\r\n")
    #expect(
      rows.count == 2 && rows[0].hasSuffix(",writer") && rows[1].hasPrefix("4,") && rows[1].hasSuffix(",1"), "\(rest)")
    let table = try run(["query"]).output.split(separator: "\n").dropFirst().map { $0.prefix { $0 != " " } }
    #expect(table == ["1:1", "1:2", "2:1", "2:2", "1:3", "2:3", "1:4", "2:4"])
    let heads = try run(["query", "--decision", "heads"])
    #expect(heads.output.contains("1 other chains"), "\(heads)")
    #expect(try run(["query", "--after-seq", "3"]).code == 2)
    #expect(try run(["query", "--team", "nobody"]).code == 2)
    let tail = try run(["tail", "-n", "1"])
    #expect(ChildProcess.jsonLines(tail.output).map { $0["seq"]?.integer } == [6], "\(tail)")
    let chosen = try run(["export", "--team", "sales"])
    #expect(chosen.code == 0 && chosen.output.split(separator: "\n").count == 3 && chosen.errors.contains("selection"))
  }

  @Test("what export writes is what verify accepts, from the beginning and from the middle")
  func export() throws {
    let file = scratch.path("export.jsonl")
    #expect(try run(["export", "-o", file]).code == 0)
    #expect(try Data(contentsOf: URL(fileURLWithPath: file)) == Data((a.lines + b.lines).flatMap { $0 }))
    func verify(_ arguments: String...) throws -> (Int32, String) {
      let process = try ChildProcess("convene", ["audit", "verify", file, "--allow-open-tail"] + arguments)
      return (process.waitForExit(), process.standardOutput + process.standardError)
    }
    let whole = try verify()
    #expect(whole.0 == 0 && whole.1.hasPrefix("intact: 10 records of 2 chains; "), "\(whole)")
    let list = "1:5:\(a.rows[4].record.hash.hex)"
    #expect(try verify("--expect", list).0 == 0)
    #expect(try verify("--expect", "1:9" + list.dropFirst(3)).0 == 5)
    let time = WallTime(microseconds: a.rows[2].time.microseconds).rfc3339
    #expect(try run(["export", "-o", file, "--since", time]).code == 0)
    let middle = try verify()
    #expect(middle.0 == 0 && middle.1.hasPrefix("intact: 6 records of 2 chains; "), "\(middle)")
  }

  @Test("tail follows all chains, and those that begin")
  func follow() throws {
    let process = try ChildProcess("convene", ["audit", "tail", "-f", "-n", "1", "--url", url])
    _ = try process.lines(1, of: \.standardOutput) { $0["seq"]?.integer == 6 }
    let (written, new) = (b.rows.count, ChainFixture(7, "new", clock: now()))
    b.record(2)
    try fleet.write(b, from: written)
    try fleet.write(new)
    let lines = try process.lines(4, of: \.standardOutput) { _ in true }
    #expect(
      Set(lines.dropFirst().map { "\($0["writer"]?.integer ?? 0):\($0["seq"]?.integer ?? 0)" }) == [
        "2:5", "2:6", "7:1",
      ])
    // A restart of the server is none of its end.
    process.signal(SIGINT)
    #expect(process.waitForExit() == 0)
  }

  @Test("the configuration names the database, and the key; the role is who asks")
  func configured() throws {
    let server = fleet.database.server
    let files = [
      "signing.key": key.seed.reveal().base64,
      "t.yaml": "version: 1\nteam: sales\ncallers: [{name: c, unix_uid: 1}]\n",
      "gateway.yaml": """
      version: 1
      organization: example
      upstream: {tokens: [{env: NOT_SET}]}
      ledger:
        postgres:
          url: "postgresql://\(fleet.database.serving)@/\(fleet.database.name)?host=\(server.socketFolder)&port=\(server.port)"
          replica: one
      audit: {checkpoint: {key: {file: signing.key}}}
      teams: [t.yaml]

      """,
    ]
    for (name, text) in files { try text.write(toFile: scratch.path(name), atomically: true, encoding: .utf8) }
    func audit(_ arguments: String...) throws -> (code: Int32, output: String, errors: String) {
      let process = try ChildProcess("convene", ["audit"] + arguments + ["--config", scratch.path("gateway.yaml")])
      return (process.waitForExit(), process.standardOutput, process.standardError)
    }
    let nobody = try audit("verify")
    #expect(nobody.code == 1 && nobody.errors.contains("--role"), "\(nobody)")
    #expect(try audit("verify", "--role", fleet.database.serving).errors.contains("--auditing-role"))
    let verified = try audit("verify", "--role", fleet.auditing)
    #expect(verified.code == 0 && verified.output.contains("signed with \(key.publicKey.name)"), "\(verified)")
    #expect(try audit("query", "--role", fleet.auditing, "--team", "sales").code == 0)
    let sealed = try audit("export", "--role", fleet.auditing, "-o", scratch.path("e.jsonl"))
    #expect(sealed.code == 0, "\(sealed)")
    let process = try ChildProcess("convene", ["audit", "verify", scratch.path("e.jsonl")] + publicKey)
    #expect(process.waitForExit() == 0 && process.standardOutput.contains("; sealed; signed with"))
    // A chain that was written anew without a list or a checkpoint is old enough to have one.
    let old = ChainFixture(9, "z", clock: now() - 3_600_000_000)
    old.record(3)
    try fleet.write(old)
    #expect(try audit("verify", "--role", fleet.auditing).code == 5)
    #expect(try audit("verify", "--role", "x", "--url", url).code == 2)
  }

  @Test("a role that may not read, no such ledger and a wrong address are one line each")
  func refused() throws {
    let server = fleet.database.server
    let folder = server.socketFolder.replacing("/", with: "%2F")
    let serving = "postgresql://\(fleet.database.serving)@\(folder):\(server.port)/\(fleet.database.name)"
    for command in ["verify", "query", "tail", "export"] {
      let refused = try run([command], of: serving)
      #expect(refused.code == 1 && refused.errors.contains("--auditing-role"), "\(refused)")
      #expect(refused.errors.split(separator: "\n").count == 1 && refused.output.isEmpty)
    }
    let none = try run(["verify", "--schema", "other"])
    #expect(none.code == 1 && none.errors.contains("no schema other"), "\(none)")
    let nobody = try run(["verify"], of: "postgresql://\(fleet.auditing)@127.0.0.1:1/x?sslmode=disable")
    #expect(nobody.code == 1 && nobody.errors.split(separator: "\n").count == 1, "\(nobody)")
    for wrong in [
      "http://a@b/c", "postgresql://a:secret-of-nobody@b/c", "postgresql://b/c", "postgresql://a@b",
      "postgresql://a@b/c?sslmode=prefer",
      "postgresql://a@b/c?options=x", "postgresql://a@b:0x/c",
    ] {
      let result = try run(["verify"], of: wrong)
      #expect(result.code == 2 && !result.errors.contains("secret-of"), "\(result)")
    }
    #expect(try run(["verify", "--ledger", "x"]).code == 2)
    #expect(try run(["verify", "--password-file", "/nowhere"]).code == 1)
  }
}
