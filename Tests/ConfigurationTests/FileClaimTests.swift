import Configuration
import Glibc
import Testing

@Suite("A file that the configuration names")
struct FileClaimTests {
  private func sandbox(sinks: String, prepare: (Sandbox) throws -> Void = { _ in }) throws -> Sandbox {
    let sandbox = try Sandbox()
    try sandbox.write(
      "gateway.yaml",
      """
      version: 1
      organization: example
      server: {listen: ["unix:listener"]}
      ledger: {path: ledger.db}
      upstream: {tokens: [{file: token}]}
      audit: {checkpoint: {key: {file: keys/signing}}, sinks: [\(sinks)]}
      teams: [teams/*.yaml]

      """)
    try sandbox.write("teams/support.yaml", Sandbox.team)
    try sandbox.write("token", "KEY-for-tests\n")
    try sandbox.write("keys/signing", "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc=\n")
    try prepare(sandbox)
    return sandbox
  }

  /// A sink's path, and what the error must say of it; relative to the directory of `gateway.yaml`.
  static let taken: [(String, String)] = [
    ("ledger.db", "is the ledger"), ("./teams/../ledger.db", "is the ledger"),
    ("ledger.db-wal", "is the ledger's log"), ("ledger.db-shm", "is the index of the ledger's log"),
    ("ledger.db.lock", "is a lock of the ledger's"), ("ledger.db-journal", "is a journal of the ledger's"),
    ("gateway.yaml", "is this file"), ("teams/support.yaml", "is a team's file"), ("token", "is a token's file"),
    ("keys/signing", "is the file of checkpoints' key"), ("listener", "is a socket to listen on"),
    ("teams/audit.yaml", "would be read as a team's file"), ("./teams/audit.yaml", "would be read as a team's file"),
    ("links/token", "is a token's file"), ("links/hard", "is a token's file"), ("links/wal", "is the ledger's log"),
    ("links/away/ledger.db", "is the ledger"), ("links/gateway", "is this file"),
  ]

  @Test("is no sink's, by whatever name", arguments: taken)
  func sink(path: String, message: String) throws {
    let sandbox = try sandbox(sinks: "{file: {path: \(path)}}") { sandbox in
      try sandbox.write("links/x", "")
      for (link, target) in [
        ("token", "../token"), ("wal", sandbox.path("ledger.db-wal")), ("away", ".."), ("gateway", "second"),
        ("second", "../gateway.yaml"),
      ] {
        try #require(symlink(target, sandbox.path("links/\(link)")) == 0)
      }
      try #require(link(sandbox.path("token"), sandbox.path("links/hard")) == 0)
    }
    let errors = sandbox.errors()
    #expect(errors.contains { $0.hasPrefix("6:58 audit.sinks: ") && $0.contains(message) }, "\(errors)")
    #expect(errors.count == 1, "\(errors)")
  }

  static let pairs: [(String, String)] = [
    ("{file: {path: a}}, {file: {path: ./a}}", "is another sink's file"),
    ("{file: {path: a}}, {file: {path: teams/../a}}", "is another sink's file"),
    ("{file: {path: a}}, {file: {path: link}}", "is another sink's file"),
    ("{file: {path: a, keep: 3}}, {file: {path: a.3}}", "is what"),
    ("{file: {path: a.1}}, {file: {path: ./a}}", "would be renamed to"),
    ("{file: {path: rotates}}", "would be renamed to"),
  ]

  @Test("is one sink's, and nothing else is renamed with it", arguments: pairs)
  func sinks(sinks: String, message: String) throws {
    let sandbox = try sandbox(sinks: sinks) { sandbox in
      try #require(symlink("a", sandbox.path("link")) == 0)
      try #require(symlink("token", sandbox.path("rotates.7")) == 0)
      try sandbox.write(
        "gateway.yaml",
        try Project.text(sandbox.path("gateway.yaml")).replacing("{file: token}", with: "{file: rotates.7}"))
    }
    let errors = sandbox.errors()
    #expect(errors.count == 1 && errors[0].contains(message), "\(errors)")
  }

  static let ledgers = ["gateway.yaml", "teams/support.yaml", "./token", "listener", "log"]

  @Test("is not the ledger, nor what lies beside it", arguments: ledgers)
  func ledger(path: String) throws {
    let sandbox = try sandbox(sinks: "") { sandbox in
      try #require(symlink("token", sandbox.path("log-wal")) == 0)
      try sandbox.write(
        "gateway.yaml",
        try Project.text(sandbox.path("gateway.yaml")).replacing("path: ledger.db", with: "path: \(path)"))
    }
    let errors = sandbox.errors()
    #expect(errors.count == 1 && errors[0].hasPrefix("4:16 ledger.path: "), "\(errors)")
  }

  @Test("may lie beside the others")
  func fine() throws {
    let sinks =
      "stdout, {file: {path: audit.jsonl}}, {file: {path: a.0}}, {file: {path: a, keep: 2}}, {file: {path: a.3}}"
    #expect(try sandbox(sinks: sinks).errors().isEmpty)
  }
}
