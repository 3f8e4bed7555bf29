import Conference
import Configuration
import Crypto
import Foundation
import Gateway
import Testing

@Suite("Load")
struct LoadTests {
  @Test("localhost and a port without an address are addresses")
  func shortAddresses() throws {
    let loaded = try Sandbox.good("server: {listen: [localhost:8080, \":8081\"]}\nadmin: {listen: \":9090\"}\n").load()
    #expect(
      loaded.server.listen.map(\.address) == [.tcp(host: "127.0.0.1", port: 8080), .tcp(host: "0.0.0.0", port: 8081)])
    #expect(loaded.admin?.listen == .tcp(host: "0.0.0.0", port: 9090))
  }

  @Test("a file that says no more than it must has the defaults of the types")
  func defaults() throws {
    let configuration = try Sandbox.good().load()
    #expect(configuration.server == ServerSettings())
    #expect(configuration.ledger == LedgerSettings())
    #expect(configuration.audit == AuditSettings())
    #expect(configuration.admin == nil && configuration.limits.isEmpty)
    var upstream = UpstreamSettings()
    upstream.tokens = [.environment("TOKEN")]
    #expect(configuration.upstream == upstream)
    #expect(configuration.teams.map(\.name) == ["support"])
    #expect(configuration.teams[0].callers == [Caller(name: "dialer", credential: .unixUser(1000))])
  }

  @Test("every setting is read")
  func everything() throws {
    let sandbox = try Sandbox()
    try sandbox.write("tokens/second", "KEY-in-a-file\n")
    try sandbox.write("signing.key", "\([UInt8](repeating: 7, count: 32).base64)\n")
    try sandbox.write("ca.pem", "-----BEGIN CERTIFICATE-----\n")
    try sandbox.write("elsewhere/team.yaml", Sandbox.team + "limits: [{name: d, per: team, allow: 5, every: 24h}]\n")
    try sandbox.write(
      "gateway.yaml",
      """
      version: 1
      organization: "Example & Co."
      server:
        listen: ["[::1]:8443", 0.0.0.0:0, "unix:run/convene.sock"]
        workers: 0
        max_body: 1MiB
        header_timeout: 250ms
        body_timeout: 1m
        idle_timeout: 10m
        max_connections: 10
        drain: {delay: 1s, timeout: 2s}
      admin: {listen: "unix:/run/admin.sock"}
      upstream:
        url: https://api.telnyx.com:8443/v2/
        tokens: [{env: TOKEN}, {file: tokens/second}]
        connect_timeout: 100ms
        attempt_timeout: 200ms
        deadline: 44999ms
        attempts: 10
        max_connections: 1
        ca_file: ca.pem
        pinned_public_key: sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=;sha256//BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB=
        http2: true
      ledger: {path: ":memory:", keep: {commands: 10m, audit: 366d, unknown: 1d}}
      audit:
        sinks:
          - stdout
          - file: {path: audit.jsonl, rotate_at: 1GB, keep: 2}
          - {file: {path: /var/log/b.jsonl}}
        checkpoint: {key: {file: signing.key}, every: 5, interval: 1m}
      limits:
        - {name: all, per: organization, allow: 1, every: 90d, burst: 7}
        - {name: each, per: caller, allow: 3, every: 250ms}
      teams: [elsewhere/team.yaml]
      """)
    let configuration = try sandbox.load()
    #expect(configuration.organization == "Example & Co.")
    let server = configuration.server
    #expect(
      server.listen.map(\.address) == [
        .tcp(host: "::1", port: 8443), .tcp(host: "0.0.0.0", port: 0), .unix(path: sandbox.path("run/convene.sock")),
      ])
    #expect(server.workers == 0 && server.maxBody == 1 << 20 && server.maxConnections == 10)
    #expect(server.headerTimeout == .milliseconds(250) && server.bodyTimeout == .seconds(60))
    #expect(server.idleTimeout == .seconds(600))
    #expect(server.drainDelay == .seconds(1) && server.drainTimeout == .seconds(2))
    #expect(configuration.admin == AdminSettings(listen: .unix(path: "/run/admin.sock")))
    let upstream = configuration.upstream
    #expect(upstream.url == "https://api.telnyx.com:8443/v2")
    #expect(upstream.tokens == [.environment("TOKEN"), .file(sandbox.path("tokens/second"))])
    #expect(upstream.connectTimeout == .milliseconds(100) && upstream.attemptTimeout == .milliseconds(200))
    #expect(upstream.deadline == .milliseconds(44_999) && upstream.attempts == 10 && upstream.maxConnections == 1)
    #expect(upstream.caFile == sandbox.path("ca.pem") && upstream.http2)
    #expect(upstream.pinnedPublicKey?.hasPrefix("sha256//AAAA") == true)
    #expect(configuration.ledger.path == nil)
    #expect(configuration.ledger.keepCommands == .seconds(600))
    #expect(configuration.ledger.keepUnknown == .seconds(86_400))
    #expect(configuration.ledger.keepAudit == .seconds(366 * 86_400))
    #expect(
      configuration.audit.sinks == [
        .stdout, .file(path: sandbox.path("audit.jsonl"), rotateAt: 1_000_000_000, keep: 2),
        .file(path: "/var/log/b.jsonl", rotateAt: 100 << 20, keep: 10),
      ])
    let checkpoint = try #require(configuration.audit.checkpoint)
    #expect(checkpoint.key == .file(sandbox.path("signing.key")))
    #expect(checkpoint.every == 5 && checkpoint.interval == .seconds(60))
    #expect(try checkpoint.signingKey(environment: [:]).seed.reveal() == [UInt8](repeating: 7, count: 32))
    #expect(
      configuration.limits == [
        LimitRule(
          name: "all", per: .organization, owner: .organization, allow: 1, every: .seconds(90 * 86_400), burst: 7),
        LimitRule(
          name: "each", per: .caller, owner: .organization, allow: 3, every: .milliseconds(250), burst: 3),
      ])
    #expect(
      configuration.teams[0].limits == [
        LimitRule(name: "d", per: .team, allow: 5, every: .seconds(86_400), burst: 5)
      ])
  }

  @Test(
    "plain http is for this machine alone",
    arguments: [
      ("http://127.0.0.1:12111/v2", true), ("http://127.9.9.9", true), ("http://localhost:80/", true),
      ("http://[::1]:8080/v2", true), ("http://128.0.0.1", false), ("http://[::2]", false),
      ("http://localhost.example", false), ("http://127.0.0.1.example", false), ("http://127.1", false),
      ("https://api.telnyx.com/v2", true), ("https://10.0.0.1:8443", true), ("https://api.telnyx.com/v2?x", false),
      ("https://api.telnyx.com/v2#x", false), ("https://key@api.telnyx.com/v2", false), ("https://", false),
      ("https:///v2", false), ("https://api.telnyx.com:0/v2", false), ("https://api.telnyx.com:99999/", false),
      ("https://127.1", false), ("https://0x7f.1/v2", false), ("https://2130706433", false),
      ("https://010.0.0.1", false),
      ("https://10.0.0.1.", false), ("https://api.telnyx.com:/v2", false), ("https://api telnyx.com", false),
      ("ftp://api.telnyx.com", false),
      ("api.telnyx.com/v2", false), ("https://[::1", false), ("https://api.telnyx.com\\\\@x", false),
    ])
  func upstreamURL(url: String, isGood: Bool) throws {
    let sandbox = try Sandbox.good()
    try sandbox.write(
      "gateway.yaml",
      """
      version: 1
      organization: example
      upstream: {url: "\(url)", tokens: [{env: TOKEN}]}
      teams: [teams/*.yaml]
      """)
    let errors = sandbox.errors()
    #expect(isGood ? errors.isEmpty : errors.count == 1 && errors[0].hasPrefix("3:17 upstream.url "), "\(errors)")
  }

  @Test("the revision is that of the rules: what says nothing of a command leaves it as it is")
  func revision() throws {
    let sandbox = try Sandbox.good()
    let revision = try sandbox.load().revision
    #expect(revision.wholeMatch(of: /[0-9a-f]{12}/) != nil)
    try sandbox.write("teams/support.yaml", Sandbox.team + "# a comment\n")
    try sandbox.write("gateway.yaml", Sandbox.gateway + "server: {workers: 2}\n")
    #expect(try sandbox.load().revision == revision)
    for more in ["policy: {name: {max_length: 9}}\n", "limits: [{name: b, per: team, allow: 9, every: 1s}]\n"] {
      try sandbox.write("gateway.yaml", Sandbox.gateway + more)
      #expect(try sandbox.load().revision != revision, "\(more)")
    }
  }

  @Test("the files are known with their digests")
  func files() throws {
    let sandbox = try Sandbox.good()
    let files = try sandbox.load().files
    #expect(files.map(\.path) == [sandbox.path("gateway.yaml"), sandbox.path("teams/support.yaml")])
    #expect(files[1].digest == Digest.sha256(Array(Sandbox.team.utf8)).hex)
  }

  @Test("all errors of all files are told at once, file by file")
  func allAtOnce() throws {
    let sandbox = try Sandbox.good("workerz: 1\n", team: "limitz: []\n")
    try sandbox.write("teams/a.yaml", "version: 2\n")
    try sandbox.write("teams/b.yaml", "a: [\n")
    do {
      _ = try sandbox.load()
      Issue.record("was loaded")
    } catch {
      let files = error.errors.map { ($0.file as NSString).lastPathComponent }
      #expect(files == ["gateway.yaml", "a.yaml", "a.yaml", "a.yaml", "b.yaml", "support.yaml"])
      #expect(error.description.split(separator: "\n").count == 6)
      #expect(error.description.hasPrefix("\(sandbox.path("gateway.yaml")):5:1: error: unknown key workerz"))
    }
  }

  @Test("an error is one line of plain text, whatever it quotes")
  func quotedControls() throws {
    let errors = try Sandbox.good(#""ser\nver\x1b[2J\u009b\u202e": 1"#).errors()
    #expect(errors.count == 1 && errors[0].contains(#"unknown key ser\u{A}ver\u{1B}[2J\u{9B}\u{202E}"#), "\(errors)")
  }

  @Test("what may stand only once is looked for in all teams")
  func uniqueness() throws {
    let digest = String(repeating: "ab", count: 32)
    let sandbox = try Sandbox.good()
    try sandbox.write(
      "teams/a.yaml",
      """
      version: 1
      team: a
      callers:
        - {name: x, key_sha256: "\(digest)"}
        - {name: y, anonymous: true}
        - {name: z, unix_uid: 1}
      """)
    try sandbox.write(
      "teams/b.yaml",
      """
      version: 1
      team: a
      callers:
        - {name: x, key_sha256: "\(digest.uppercased())"}
        - {name: y, anonymous: true}
        - {name: z, unix_uid: 1}
        - {name: w, unix_uid: 1000}
      """)
    let first = sandbox.path("teams/a.yaml")
    let b = sandbox.path("teams/b.yaml")
    #expect(
      sandbox.errors() == [
        "2:7 there is a team named a already (\(first):2:7)",
        "4:27 callers: this key has a caller already (\(first):4:27)",
        "5:26 callers: there is an anonymous caller already (\(first):5:26)",
        "6:25 callers: the user 1 is a caller already (\(first):6:25)",
        "3:36 callers: the user 1000 is a caller already (\(b):7:25)",
      ])
  }

  @Test("a directory's name may look like a pattern")
  func literalDirectory() throws {
    let sandbox = try Sandbox()
    try sandbox.write("[x]*/gateway.yaml", Sandbox.gateway)
    try sandbox.write("[x]*/teams/support.yaml", Sandbox.team)
    #expect(try sandbox.load("[x]*/gateway.yaml").teams.count == 1)
  }

  @Test("a plain digest of digits alone is taken for what it is")
  func digitsOnly() throws {
    let sandbox = try Sandbox.good()
    let digest = String(repeating: "12", count: 32)
    try sandbox.write("teams/support.yaml", "version: 1\nteam: t\ncallers: [{name: a, key_sha256: \(digest)}]\n")
    #expect(
      try sandbox.load().teams[0].callers[0].credential == .key(digest: Array(repeating: UInt8(0x12), count: 32)))
  }
}
