import Configuration
import Gateway
import Glibc
import JSON
import LedgerPostgres
import Testing

@Suite("A ledger in PostgreSQL")
struct PostgresPlaceTests {
  /// What the smallest configuration reads where its url is this one.
  private func place(_ url: String, _ more: String = "") throws -> PostgresPlace {
    let sandbox = try Sandbox.good(
      """
      ledger:
        postgres:
          url: "\(url)"
          replica: one
          \(more)

      """)
    let configuration = try ConfigurationLoader.load(
      path: sandbox.path("gateway.yaml"), environment: Sandbox.environment, checksSecrets: false)
    guard case .postgres(let place) = configuration.ledger.place else { throw Missing() }
    return place
  }

  private struct Missing: Error {}

  @Test("is read with all that its url can say")
  func everything() throws {
    let sandbox = try Sandbox.good(
      """
      ledger:
        postgres:
          url: "postgresql://con%40vene@db1:5433,db2,[2001:db8::1]:6000/con%20vene?sslmode=verify-ca&sslrootcert=ca.pem\
      &sslcert=/tls/own%2Ecrt&sslkey=own.key&channel_binding=require"
          password: {file: secrets/database}
          schema: convene_2
          replica: pod-1/8080
        keep: {commands: 1h}

      """)
    let configuration = try ConfigurationLoader.load(
      path: sandbox.path("gateway.yaml"), environment: [:], checksSecrets: false)
    var place = PostgresPlace(
      hosts: [.init("db1", port: 5433), .init("db2"), .init("2001:db8::1", port: 6000)], user: "con@vene",
      database: "con vene")
    place.password = .file(sandbox.path("secrets/database"))
    place.tls = .verifyAuthority
    place.needsChannelBinding = true
    place.rootCertificate = sandbox.path("ca.pem")
    (place.clientCertificate, place.clientKey) = ("/tls/own.crt", sandbox.path("own.key"))
    place.schema = "convene_2"
    place.replica = "pod-1/8080"
    #expect(configuration.ledger.place == .postgres(place))
    #expect(configuration.ledger.path == nil)
    #expect(configuration.ledger.keepCommands == .seconds(3600))
    #expect(configuration.warnings == [])
    #expect(
      [place.rootCertificate, place.clientKey, sandbox.path("secrets/database")].allSatisfy {
        configuration.otherFiles.contains($0 ?? "")
      }, "no sink may write there")
  }

  @Test("is verified to its name, but for a Unix socket, which has no TLS")
  func defaults() throws {
    let far = try place("postgres://convene@db1/convene")
    #expect(far.tls == .verifyFull && far.rootCertificate == nil && far.hosts == [.init("db1", port: 5432)])
    #expect(far.schema == "convene" && far.password == nil && !far.needsChannelBinding)
    #expect(try place("postgresql://c@db1/d?sslrootcert=system") == place("postgresql://c@db1/d"))
    let socket = PostgresPlace.Host("/run/postgresql", port: 5433)
    for url in [
      "postgresql://c@%2Frun%2Fpostgresql:5433/d", "postgresql://c@/d?host=/run/postgresql&port=5433",
      "postgresql://c@/d?host=%2Frun%2Fpostgresql&port=5433&sslmode=disable",
    ] {
      let place = try place(url)
      #expect(place.hosts == [socket] && place.tls == .disable, "\(url)")
    }
    #expect(try place("postgresql://c@/d?host=a,::1,/s&port=1,2,3").hostList == "a:1, [::1]:2, /s:3")
    #expect(try place("postgresql://c@/d?host=a,b&port=7").hostList == "a:7, b:7")
  }

  @Test(
    "is told what is wrong with its url, and nothing that stands there is told again",
    arguments: [
      ("mysql://c@h/d", "must begin with postgresql://"),
      ("postgresql://h/d", "must name the role"),
      ("postgresql://@h/d", "must name the role"),
      ("postgresql:///d?host=h", "must name the role"),
      ("postgresql://c@/d", "must name a host"),
      ("postgresql://c@h", "must name the database"),
      ("postgresql://c@h/", "must name the database"),
      ("postgresql://c@h/?sslmode=verify-full", "must name the database"),
      ("postgresql://c@h/d/e", "has a / in the name of the database"),
      ("postgresql://c:opensesame@h/d", "must not have a password; a password goes beside it"),
      ("postgresql://c:open@sesame@h/d", "must not have a password"),
      ("postgresql://c:open/sesame@h/d", "has an @ behind its hosts"),
      ("postgresql://c:open?sesame@h/d", "has an @ behind its hosts"),
      ("postgresql://c@h/d?password=opensesame", "must not have a password"),
      ("postgresql://c@h/d?user=opensesame", "has role and database in their places"),
      ("postgresql://c@h/d?sslmod=verify-full", "has an unknown parameter sslmod; did you mean sslmode?"),
      (
        "postgresql://c@h/d?options=-csynchronous_commit%3Doff", "has an unknown parameter options; known here: sslmode"
      ),
      ("postgresql://c@h/d?sslmode=verify-full&sslmode=disable", "has sslmode twice"),
      ("postgresql://c@h/d?sslmode", "has sslmode without a value"),
      ("postgresql://c@h/d?sslmode=", "has sslmode without a value"),
      ("postgresql://c@h/d?sslmode=prefer", "disable, require, verify-ca, verify-full; prefer goes on in the clear"),
      ("postgresql://c@h/d?sslmode=allow", "disable, require, verify-ca, verify-full; allow goes on in the clear"),
      ("postgresql://c@h/d?sslmode=opensesame", "must have one of these as sslmode"),
      ("postgresql://c@h/d?sslmode=verify-ca", "must have sslrootcert=FILE for sslmode=verify-ca"),
      ("postgresql://c@h/d?sslmode=verify-ca&sslrootcert=system", "must have sslrootcert=FILE for sslmode=verify-ca"),
      ("postgresql://c@h/d?sslmode=require&sslrootcert=F", "sslmode=require looks at no certificate"),
      ("postgresql://c@h/d?sslmode=disable&channel_binding=require", "has parameters of TLS"),
      ("postgresql://c@h/d?channel_binding=disable", "must have channel_binding=require, or none"),
      ("postgresql://c@h/d?sslcert=F", "must have sslcert and sslkey together"),
      ("postgresql://c@/d?host=/run&sslmode=verify-full", "has sslmode=verify-full, and a Unix socket has no TLS"),
      ("postgresql://c@/d?host=/run&channel_binding=require", "has parameters of TLS"),
      ("postgresql://c@h,/d", "has no valid host"), ("postgresql://c@opense$ame/d", "has no valid host"),
      ("postgresql://c@127.1/d", "has a host that is an IPv4 address in another form"),
      ("postgresql://c@h:0/d", "must have a port of 1 to 65535"),
      ("postgresql://c@h:65536/d", "must have a port of 1 to 65535"),
      ("postgresql://c@h:/d", "must have a port of 1 to 65535"),
      ("postgresql://c@%2Frun:x/d", "must have a port of 1 to 65535"),
      ("postgresql://c@::1/d", "must have an IPv6 address in brackets"),
      ("postgresql://c@[::1/d", "has no valid host"), ("postgresql://c@[opensesame]/d", "has no valid IPv6 address"),
      ("postgresql://c@h,h:5432/d", "names a host twice"),
      ("postgresql://c@h/d?host=i", "has hosts twice"), ("postgresql://c@h/d?port=1", "has hosts twice"),
      ("postgresql://c@/d?host=a,b,c&port=1,2", "must have one port for all hosts, or one for each"),
      ("postgresql://c@h/d#opensesame", "must not have a fragment"),
      ("postgresql://c%@h/d", "has a % without two hex digits"), ("postgresql://c%0a@h/d", "has a control character"),
      ("postgresql://c%ff@h/d", "is no UTF-8"),
      ("postgresql://c@h/ä", "has a character that doesn't belong into a URL"),
      ("postgresql://\(String(repeating: "c", count: 64))@h/d", "must have a role whose name is at most 63 bytes long"),
      ("postgresql://c@/d?host=/\(String(repeating: "s", count: 100))", "must be shorter than 108 bytes"),
      (
        "postgresql://c@\((1...17).map { "h\($0)" }.joined(separator: ","))/d", "must have at most 16 hosts"
      ),
    ])
  func wrong(url: String, words: String) throws {
    let sandbox = try Sandbox.good("ledger: {postgres: {url: \"\(url)\", replica: one}}\n")
    let errors = sandbox.errors()
    #expect(errors.count == 1 && errors.first?.hasPrefix("5:26 ledger.postgres.url ") == true, "\(errors)")
    #expect(errors.first?.contains(words) == true, "\(errors)")
    #expect(errors.first?.contains("opense") == false && errors.first?.contains("sesame") == false, "\(errors)")
  }

  @Test(
    "or with what stands beside that",
    arguments: [
      ("{postgres: {}}", ["5:20 ledger.postgres.url is missing"]),
      ("{postgres: \"postgresql://c@h/d\"}", ["5:20 ledger.postgres must be a mapping"]),
      (
        "{path: ledger.db, postgres: {url: \"postgresql://c@h/d\", replica: a}}",
        ["5:37 ledger: path and postgres are two places for one ledger"]
      ),
      ("{postgres: {url: \"postgresql://c@h/d\", replica: a b}}", ["5:57 ledger.postgres.replica must be 1 to 128"]),
      (
        "{postgres: {url: \"postgresql://c@h/d\", replica: \(String(repeating: "r", count: 129))}}",
        ["5:57 ledger.postgres.replica must be 1 to 128"]
      ),
      (
        "{postgres: {url: \"postgresql://c@h/d\", replica: a, schema: public}}",
        ["5:68 ledger.postgres.schema must be 1 to 63"]
      ),
      (
        "{postgres: {url: \"postgresql://c@h/d\", replica: a, password: opensesame}}",
        ["5:70 ledger.postgres.password: a password never stands in a configuration"]
      ),
      (
        "{postgres: {url: \"postgresql://c@h/d\", replica: a, password: {env: NONE}}}",
        ["5:70 ledger.postgres.password: the environment variable NONE is not set"]
      ),
      (
        "{postgres: {url: \"postgresql://c@h/d?sslrootcert=gone.pem\", replica: a}}",
        ["5:26 ledger.postgres.url: sslrootcert:"]
      ),
      (
        "{postgres: {url: \"postgresql://c@h/d?sslcert=gone.pem&sslkey=gone.key\", replica: a}}",
        ["5:26 ledger.postgres.url: sslcert:", "5:26 ledger.postgres.url: sslkey:"]
      ),
      ("{postgres: {url: \"postgresql://c@h/d\", replica: a, host: h}}", ["5:60 unknown key host in ledger.postgres"]),
    ])
  func wrongBeside(section: String, places: [String]) throws {
    let errors = try Sandbox.good("ledger: \(section)\n").errors()
    #expect(errors.count == places.count, "\(errors)")
    for (error, place) in zip(errors, places) { #expect(error.hasPrefix(place), "\(error)") }
  }

  @Test("is shown a password that has spaces in it, which no header could")
  func spaces() throws {
    let sandbox = try Sandbox.good(
      "ledger: {postgres: {url: \"postgresql://c@h/d\", replica: a, password: {file: password}}}\n")
    try sandbox.write("password", "correct horse\n")
    #expect(sandbox.errors() == [])
    try sandbox.write("password", "")
    #expect(sandbox.errors().count == 1)
  }

  @Test("knows this process by the machine's name and its first port, and by nothing where that is another each time")
  func replica() throws {
    var name = [CChar](repeating: 0, count: 256)
    gethostname(&name, name.count - 1)
    let host = String(decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let ledger = "ledger: {postgres: {url: \"postgresql://c@h/d\"}}\n"
    for (listen, replica) in [
      ("", "\(host)/8080"), ("server: {listen: [\"unix:s\", 127.0.0.1:8081, 127.0.0.1:8082]}\n", "\(host)/8081"),
    ] {
      guard case .postgres(let place) = try Sandbox.good(ledger + listen).load().ledger.place else { throw Missing() }
      #expect(place.replica == replica)
    }
    for listen in ["[127.0.0.1:0]", "[\"unix:s\"]"] {
      let errors = try Sandbox.good(ledger + "server: {listen: \(listen)}\n").errors()
      #expect(errors.count == 1 && errors[0].hasPrefix("5:20 ledger.postgres.replica is missing"), "\(errors)")
    }
  }

  @Test(
    "that others could read or stand in for is a warning",
    arguments: [
      ("postgresql://c@h/d?sslmode=disable", "crosses the network in the clear"),
      ("postgresql://c@h/d?sslmode=require", "whoever answers is taken for the database"),
      ("postgresql://c@h/d?sslmode=require&channel_binding=require", nil),
      ("postgresql://c@127.0.0.1,[::1],localhost/d?sslmode=disable", nil), ("postgresql://c@h/d", nil),
    ] as [(String, String?)])
  func warnings(url: String, words: String?) throws {
    let warnings = try Sandbox.good("ledger: {postgres: {url: \"\(url)\", replica: a}}\n").load().warnings
    #expect(warnings.count == (words == nil ? 0 : 1), "\(warnings)")
    if let words { #expect(warnings.first?.contains(words) == true, "\(warnings)") }
  }

  @Test("is reported with all but the password")
  func report() throws {
    let sandbox = try Sandbox.good(
      """
      ledger: {postgres: {url: "postgresql://c@db1,db2:5433/d", replica: one/1, password: {env: TOKEN}}}

      """)
    let report = ConfigurationReport(try sandbox.load())
    let lines = report.text.split(separator: "\n").map { $0.split(separator: " ").joined(separator: " ") }
    #expect(
      lines.contains("ledger database d at db1:5432, db2:5433, verify-full, as c, password from env TOKEN"), "\(lines)")
    #expect(lines.contains("schema convene, as replica one/1"))
    #expect(lines.contains("command ids and limits hold for all replicas together"))
    let json = try JSONValue.parse(report.json)["ledger"]?["postgres"]
    #expect(json?["hosts"]?.array?.compactMap(\.string) == ["db1:5432", "db2:5433"])
    #expect(json?["password"]?.string == "env TOKEN" && json?["replica"]?.string == "one/1")
    let secret = Sandbox.environment["TOKEN"] ?? ""
    #expect(!report.text.contains(secret) && !String(decoding: report.json, as: UTF8.self).contains(secret))
  }

  @Test(
    "takes for a schema's name what SQL can be made of, and nothing else",
    arguments: [
      "convene", "a", "a1_", "", "1a", "_a", "A", "a-b", "ä", "a\"b", "pg_a", "pga", "public", "information_schema",
      String(repeating: "a", count: 63), String(repeating: "a", count: 64),
    ])
  func schema(name: String) {
    #expect(name.isSchemaName == (PostgresSchema(name) != nil))
  }
}
