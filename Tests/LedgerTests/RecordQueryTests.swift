import Audit
import Conference
import EventLoop
import Foundation
import Gateway
import JSON
import Ledger
import LedgerSQLite
import TestKit
import Testing

@Suite("Searching the record", .timeLimit(.minutes(30)))
struct RecordQueryTests {
  private let scene: Scene

  init() throws { scene = try Scene() }

  private func run(_ arguments: [String]) throws -> (code: Int32, output: String, errors: String) {
    let process = try ChildProcess("convene", ["audit"] + arguments + ["--ledger", scene.path])
    let code = process.waitForExit()
    return (code, process.standardOutput, process.standardError)
  }

  private func seqs(_ arguments: String...) throws -> [Int64] {
    let found = try run(["query", "--format", "jsonl"] + arguments)
    #expect(found.code == 0, "\(found.errors)")
    return ChildProcess.jsonLines(found.output).compactMap { $0["seq"]?.integer }
  }

  /// One record each, of commands with these fields.
  private func fill(_ commands: [[AuditFields.Field]], _ change: (Int, inout AuditEntry) -> Void = { _, _ in }) throws {
    let ledger = try scene.open(options: { $0.floodAllowance = .max })
    for (number, fields) in commands.enumerated() {
      var entry = entry("r-\(number + 1)", peer: "10.0.0.\(number):1")
      entry.fields = AuditFields(fields)
      change(number + 1, &entry)
      _ = try ledger.ask(.record(entry))
    }
    ledger.close()
  }

  private static let required: [AuditFields.Field] = [
    .init(name: "call_control_id", effective: .string("pseudonym")), .init(name: "name", effective: .string("standup")),
  ]

  @Test("by a field goes by what was sent, or what was asked for, or what Telnyx takes an absent one for")
  func fields() throws {
    try fill([
      Self.required + [.init(name: "max_participants", asked: .integer(500), effective: .integer(100))],
      Self.required + [.init(name: "max_participants", change: "refused", asked: .integer(500))],
      Self.required + [.init(name: "region", effective: .string("US"))],
      [.init(name: "region", effective: .string("Europe"))],
      Self.required + [
        .init(name: "max_participants", effective: .integer(101)),
        .init(name: "comfort_noise", effective: .boolean(false)),
        .init(name: "x/1", effective: .number("2.50")), .init(name: "y", effective: .string("a \"b\"")),
      ],
      [],
    ])
    #expect(try seqs("--where", "max_participants > 100") == [2, 3, 5])
    #expect(try seqs("--where", "max_participants>100", "--where", "max_participants <= 250") == [3, 5])
    #expect(try seqs("--where", "max_participants = 100") == [1])
    #expect(try seqs("--where", "max_participants != 250") == [1, 2, 5])
    #expect(try seqs("--where", "region != US") == [1, 2, 4, 5])
    #expect(try seqs("--where", "region = Europe") == [4] && seqs("--where", "region >= F") == [3])
    #expect(try seqs("--where", "comfort_noise = false") == [5] && seqs("--where", "comfort_noise=true") == [1, 2, 3])
    #expect(try seqs("--where", "/x~11 < 3") == [5] && seqs("--where", #"/y = "a \"b\"""#) == [5])
    #expect(try seqs("--where", "/y != 1") == [1, 2, 3, 5])
  }

  @Test("by a long text goes by all of it")
  func longTexts() throws {
    let long = String(repeating: "é", count: 200)
    try fill(
      [long, long + "x", String(repeating: "é", count: 128)].map { text in
        Self.required + [.init(name: "hold_audio_url", effective: .string(text))]
      })
    #expect(try seqs("--where", "hold_audio_url = \(long)") == [1])
    #expect(try seqs("--where", "hold_audio_url = \(long)x") == [2])
    #expect(try seqs("--where", "hold_audio_url != \(long)x") == [1, 3])
  }

  @Test("by what became of a command, its conference, its call, its status and each rule that it broke; one of several")
  func contents() throws {
    let pseudonym = "0123456789abcdef0123456789abcdef"
    try fill([[], [], [], [], []]) { number, entry in
      switch number {
      case 1: (entry.decision, entry.outcome, entry.conferenceID) = (.forwarded, .executed, "conf-\"1\"")
      case 2: (entry.decision, entry.outcome, entry.callControl) = (.forwarded, .unknown, pseudonym)
      case 3:
        let faults = ["region.allow", "max_participants.max"].map { rule in
          Fault(.forbidden, "no", pointer: "/x", rule: rule)
        }
        entry.note(.policy(faults))
      case 4: (entry.decision, entry.outcome, entry.settler) = (.recovered, .notExecuted, .lookUp)
      default: (entry.decision, entry.rule, entry.status) = (.limited, "limits.few", 429)
      }
    }
    #expect(try seqs("--outcome", "executed", "--outcome", "unknown") == [1, 2])
    #expect(try seqs("--outcome", "unknown", "--outcome", "settled") == [2, 4])
    #expect(try seqs("--conference", "conf-\"1\"") == [1] && seqs("--call-control-id", pseudonym) == [2])
    #expect(try seqs("--rule", "max_participants.max") == [3] && seqs("--rule", "max_participants") == [3])
    #expect(try seqs("--rule", "max").isEmpty && seqs("--rule", "limits", "--rule", "region.allow") == [3, 5])
    #expect(try seqs("--status", "429", "--status", "403") == [3, 5] && seqs("--status", "4XX") == [3, 5])
    #expect(try seqs("--decision", "limited", "--decision", "recovered") == [4, 5])
    #expect(try seqs("--request-id", "r-2", "--request-id", "r-5", "--request-id", "r-9") == [2, 5])
    let many = (1...1500).flatMap { ["--request-id", "r-\($0)"] } + ["--command-id", "none", "--caller", "nobody"]
    let found = try run(["query", "--format", "jsonl"] + many.dropLast(4))
    #expect(found.code == 0 && found.output.split(separator: "\n").count == 5)
    #expect(try run(["query"] + many).output.split(separator: "\n").count == 1)
    #expect(try seqs("--request-id", "-r").isEmpty, "what begins with a dash is a value, too")
    let csv = try run(["query", "--format", "csv", "--request-id", "r-1"]).output.split(separator: "\r\n")
    #expect(csv.first?.contains("outcome,settled_by,conference.id,errors") == true)
    #expect(csv.last?.contains(#""executed",,"conf-""1""","#) == true)
  }

  @Test("goes on where a page ended")
  func pages() throws {
    try fill([[AuditFields.Field]](repeating: [], count: 7)) { number, entry in entry.team = number == 3 ? "b" : "a" }
    #expect(try seqs("--after-seq", "0", "--limit", "3") == [1, 2, 3])
    #expect(try seqs("--after-seq", "2", "--limit", "3", "--team", "a") == [4, 5, 6])
    #expect(try seqs("--after-seq", "6", "--limit", "3") == [7] && seqs("--after-seq", "7").isEmpty)
    #expect(try seqs("--after-seq", "\(Int64.max)").isEmpty && seqs("--limit", "2") == [6, 7])
    func numbers(_ arguments: String...) throws -> [Int64] {
      ChildProcess.jsonLines(try run(arguments).output).compactMap { $0["seq"]?.integer }
    }
    #expect(try numbers("tail", "--after-seq", "4") == [5, 6, 7] && numbers("tail", "-n", "1", "--team", "b") == [3])
    #expect(try numbers("export", "--after-seq", "4") == [5, 6, 7] && numbers("export", "--team", "b") == [3])
    #expect(try run(["export", "--team", "b"]).errors.contains("no chain"))
    let file = scene.directory.file("rest.jsonl")
    #expect(try run(["export", "--after-seq", "4", "-o", file]).errors.isEmpty)
    #expect(try ChildProcess("convene", ["audit", "verify", file]).waitForExit() == 0)
  }

  @Test("by a day takes it where it is said to begin, and a table shows times so")
  func days() throws {
    // 19:00 UTC, and an hour apart.
    let ledger = try scene.open(options: { $0.floodAllowance = .max })
    for number in 1...8 {
      _ = try ledger.ask(.record(entry("r-\(number)")))
      scene.clock.advance(.seconds(3600))
    }
    ledger.close()
    #expect(try seqs("--since", "2026-11-24") == [6, 7, 8] && seqs("--until", "2026-11-24") == [1, 2, 3, 4, 5])
    #expect(try seqs("--since", "2026-11-24", "--utc-offset", "+01:00") == [5, 6, 7, 8])
    #expect(try seqs("--until", "2026-11-23", "--utc-offset", "-05:00").isEmpty)
    #expect(try seqs("--since", "2026-11-23T20:00", "--until", "2026-11-23T22:00:00") == [2, 3])
    #expect(try seqs("--since", "2026-11-23T20:00", "--utc-offset", "-05:00") == [7, 8])
    let table = try run(["query", "--utc-offset", "+05:30"]).output
    #expect(table.contains("2026-11-24T00:30:00.000000+05:30") && table.contains("COUNT"))
    let none = try run(["query", "--since", "2026-11-24", "--until", "2026-11-24"])
    #expect(none.code == 2 && none.errors.contains("nothing is between them"))
    for name in ["today", "yesterday"] { #expect(try run(["query", "--since", name]).code == 0) }
  }

  @Test("for what can't be there is a wrong command line, and says what can")
  func unknownNames() throws {
    try fill([Self.required]) { _, entry in entry.team = "support" }
    let wrong: [(arguments: [String], words: String)] = [
      (["--decision", "accepted"], "forwarded"), (["--outcome", "done"], "not_executed"),
      (["--team", "suport"], "no team suport: known are support"),
      (["--team", "support", "--team", "x"], "no team x: known are support"),
      (["--where", "participants > 1"], "max_participants"), (["--where", "max_participants"], "= != < <= > >="),
      (["--where", "= 1"], "say it as"),
      (["--where", "max_participants > many"], "a whole number"), (["--where", "comfort_noise = 1"], "true or false"),
      (["--where", "comfort_noise > true"], "= or !="), (["--where", "call_control_id < v3:"], "pseudonym"),
      (["--where", "name ="], "compared with nothing"), (["--where", #"name = "a"#], "not a JSON string"),
      (["--status", "4x"], "--status"), (["--since", "2026-11-31"], "--since"), (["--since", "tomorrow"], "--since"),
      (["--utc-offset", "1"], "--utc-offset"), (["--after-seq", "-1"], "--after-seq"), (["--command-id", ""], "empty"),
    ]
    for (arguments, words) in wrong {
      for command in ["query", "tail", "export"] {
        let found = try run([command] + arguments)
        #expect(
          found.code == 2 && found.errors.contains(words) && found.output.isEmpty, "\(command) \(arguments): \(found)")
      }
    }
    #expect(try run(["query", "--team", "support"]).code == 0)
  }
}
