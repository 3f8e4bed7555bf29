import EventLoop
import Foundation
import LedgerPostgres
import TestKit
import Testing

@Suite struct ConnectionTests {
  let server: PostgresServer

  init() throws { server = try PostgresServer.shared.get() }

  @Test func aConnectionIsMadeByUnixSocketByAddressAndByName() throws {
    for settings in [server.settings(), server.networkSettings(), server.networkSettings("localhost")] {
      let connection = try PostgresConnection(settings, by: patience)
      #expect(try connection.run("SELECT 41 + 1", by: patience).integer(0, 0) == 42)
      #expect(connection.serverVersion >= 140_000)
      #expect(!connection.isEncrypted)
    }
  }

  @Test func valuesOfEveryTypeComeBackAsTheyWere() throws {
    var parameters = PostgresParameters()
    parameters.append(true)
    parameters.append(Int16.min)
    parameters.append(Int32.max)
    parameters.append(Int64.min)
    parameters.append("Grüße, 'quoted' \\ \u{1F600}")
    parameters.append([0, 255, 39, 92] as [UInt8])
    let result = try server.connect().run("SELECT $1, $2, $3, $4, $5, $6", parameters, by: patience)
    #expect(result.boolean(0, 0) == true)
    #expect(result.integer(0, 1) == Int64(Int16.min))
    #expect(result.integer(0, 2) == Int64(Int32.max))
    #expect(result.integer(0, 3) == .min)
    #expect(result.text(0, 4) == "Grüße, 'quoted' \\ \u{1F600}")
    #expect(result.bytes(0, 5) == [0, 255, 39, 92])
  }

  @Test func nullIsNotAnEmptyText() throws {
    var parameters = PostgresParameters()
    parameters.append(nil as String?)
    parameters.append("")
    parameters.append([] as [UInt8])
    let sql = "SELECT $1 IS NULL, $2 = '', $3 = ''::bytea, $1, $2, $3"
    let result = try server.connect().run(sql, parameters, by: patience)
    for column in 0..<3 { #expect(result.boolean(0, column) == true) }
    #expect(result.text(0, 3) == nil)
    #expect(result.text(0, 4) == "")
    #expect(result.bytes(0, 5) == [])
  }

  @Test func arraysOfEveryTypeComeBackWithTheirNulls() throws {
    var parameters = PostgresParameters()
    parameters.append(array: ["a", nil, "", "c,{}\""] as [String?])
    parameters.append(array: [[1, 2], nil, []] as [[UInt8]?])
    parameters.append(array: [1, nil, -3] as [Int64?])
    parameters.append(array: [1, -2] as [Int32?])
    parameters.append(array: [7, nil] as [Int16?])
    parameters.append(array: [true, nil, false] as [Bool?])
    parameters.append(array: [] as [String?])
    let sql = """
      SELECT $1 = ARRAY['a', NULL, '', 'c,{}"'], $2 = ARRAY['\\x0102', NULL, '\\x']::bytea[], $6 = ARRAY[true, NULL, false],
        $7 = ARRAY[]::text[], $3, $4, $5, ARRAY[]::bigint[]
      """
    let result = try server.connect().run(sql, parameters, by: patience)
    for column in 0..<4 { #expect(result.boolean(0, column) == true) }
    #expect(result.integers(0, 4) == [1, nil, -3])
    #expect(result.integers(0, 5) == [1, -2])
    #expect(result.integers(0, 6) == [7, nil])
    #expect(result.integers(0, 7) == [])
  }

  /// More than any buffer on the way has room for, both ways at once: who only sends would wait for ever.
  @Test func megabytesGoBothWaysInOneBatch() throws {
    let body = (0..<8_000_000).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    var parameters = PostgresParameters()
    parameters.append(body)
    let statements = (0..<4).map { _ in PostgresConnection.Statement.sql("SELECT $1", parameters) }
    for answer in try server.connect().run(statements, by: patience) {
      #expect(try answer.get().bytes(0, 0) == body)
    }
  }

  @Test func anErrorOfOneStatementLeavesTheOthersAlone() throws {
    let connection = try server.connect()
    let answers = try connection.run([.sql("SELECT 1"), .sql("SELECT 1/0"), .sql("SELECT 3")], by: patience)
    #expect(try answers[0].get().integer(0, 0) == 1)
    #expect(failure { try answers[1].get() }?.sqlState == "22012")
    #expect(try answers[2].get().integer(0, 0) == 3)
    #expect(connection.isUsable)
  }

  @Test func aPreparedStatementIsUsedManyTimes() throws {
    let connection = try server.connect()
    var parameters = PostgresParameters()
    parameters.append(Int64(0))
    try connection.prepare("double", "SELECT $1 * 2", types: parameters, by: patience)
    for value in [1, 2, 3] as [Int64] {
      var parameters = PostgresParameters()
      parameters.append(value)
      let answers = try connection.run([.prepared("double", parameters)], by: patience)
      #expect(try answers[0].get().integer(0, 0) == value * 2)
    }
  }

  @Test func eachErrorOfAStatementHasItsKind() throws {
    let connection = try server.connect()
    let kinds: [(String, PostgresError.Kind)] = [
      ("40001", .transient), ("40P01", .transient), ("55P03", .transient), ("57014", .cancelled), ("CV001", .fenced),
      ("42501", .permission), ("22000", .other),
    ]
    for (code, expected) in kinds {
      let sql = "DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '\(code)'; END $$"
      #expect(kind { try connection.run(sql, by: patience) } == expected, "\(code)")
    }
    #expect(kind { try connection.run("SELECT convene.nothing()", by: patience) } == .schema)
  }

  @Test func aDeadlockAndALockThatIsNotHadAreTransient() throws {
    let database = try server.makeDatabase()
    let (first, second) = (try server.connect(database), try server.connect(database))
    _ = try first.run("CREATE TABLE t (a int)", by: patience)
    _ = try first.run("BEGIN", by: patience)
    _ = try first.run("LOCK TABLE t", by: patience)
    _ = try second.run("SET lock_timeout = '10ms'", by: patience)
    #expect(kind { try second.run("SELECT * FROM t", by: patience) } == .transient)
  }

  @Test func aNoticeReachesTheCaller() throws {
    let connection = try server.connect()
    _ = try connection.run("DO $$ BEGIN RAISE WARNING 'careful'; END $$", by: patience)
    let notice = try #require(connection.takeNotices().first)
    #expect(notice.severity == "WARNING")
    #expect(notice.text == "careful")
    #expect(!notice.isOfUnfinishedReplication)
    #expect(connection.takeNotices().isEmpty)
  }

  /// The server says "committed" then, with a warning beside it.
  @Test func aCommitThatNoStandbyAcknowledgedIsUnknown() throws {
    let server = try PostgresServer { $0.settings["synchronous_standby_names"] = "nobody" }
    try server.run("SET synchronous_commit = local; CREATE TABLE t (a int)")
    let connection = try server.connect()
    let process = connection.serverProcess
    let cancelling = Background {
      try wait {
        try server.run("SELECT wait_event FROM pg_stat_activity WHERE pid = \(process)") == "SyncRep"
      }
      try server.run("SELECT pg_cancel_backend(\(process))")
    }
    #expect(kind { try connection.run("INSERT INTO t VALUES (1)", by: patience) } == .outcomeUnknown)
    try cancelling.value()
    #expect(try server.run("SELECT count(*) FROM t") == "1")
  }

  @Test func aCancelledStatementSaysSoAndTheConnectionGoesOn() throws {
    let connection = try server.connect()
    let process = connection.serverProcess
    let cancelling = Background { [server] in
      try wait { try server.run("SELECT wait_event FROM pg_stat_activity WHERE pid = \(process)") == "PgSleep" }
      try server.run("SELECT pg_cancel_backend(\(process))")
    }
    #expect(kind { try connection.run("SELECT pg_sleep(60)", by: patience) } == .cancelled)
    try cancelling.value()
    #expect(try connection.run("SELECT 1", by: patience).integer(0, 0) == 1)
  }

  @Test func anAnswerThatDoesNotComeByTheDeadlineIsUnknown() throws {
    let connection = try server.connect()
    #expect(kind { try connection.run("SELECT pg_sleep(60)", by: .now + .milliseconds(200)) } == .outcomeUnknown)
    #expect(!connection.isUsable)
    #expect(kind { try connection.run("SELECT 1", by: patience) } == .unreachable)
  }

  @Test func aBackendThatIsEndedLeavesTheOutcomeUnknown() throws {
    for function in ["pg_terminate_backend(pg_backend_pid())", "pg_sleep(60)"] {
      let connection = try server.connect()
      let process = connection.serverProcess
      let ending = Background { [server] in
        guard function.hasPrefix("pg_sleep") else { return }
        try wait { try server.run("SELECT wait_event FROM pg_stat_activity WHERE pid = \(process)") == "PgSleep" }
        try server.run("SELECT pg_terminate_backend(\(process))")
      }
      let error = failure {
        try connection.run([.sql("SELECT 1"), .sql("SELECT \(function)"), .sql("SELECT 3")], by: patience)
      }
      #expect(error?.kind == .outcomeUnknown)
      #expect(!connection.isUsable)
      try ending.value()
    }
  }

  @Test func nothingOfTheEnvironmentIsHeeded() async throws {
    await #expect(processExitsWith: .success) {
      for (name, value) in [
        ("PGHOST", "elsewhere.example"), ("PGHOSTADDR", "192.0.2.1"), ("PGPORT", "1"), ("PGUSER", "nobody"),
        ("PGDATABASE", "none"), ("PGPASSWORD", "example"), ("PGPASSFILE", "/etc/hostname"), ("PGSERVICE", "none"),
        ("PGSERVICEFILE", "/none"), ("PGSYSCONFDIR", "/none"), ("PGOPTIONS", "-c work_mem=77MB"),
        ("PGTZ", "Asia/Tokyo"),
        ("PGSSLMODE", "verify-full"), ("PGSSLCERT", "/none"), ("PGSSLROOTCERT", "/none"), ("PGAPPNAME", "other"),
        ("PGCLIENTENCODING", "LATIN1"), ("PGTARGETSESSIONATTRS", "read-only"), ("PGREQUIRESSL", "1"),
        ("PGCHANNELBINDING", "require"), ("PGDATESTYLE", "German"), ("PGGEQO", "off"), ("PGCONNECT_TIMEOUT", "x"),
      ] {
        setenv(name, value, 1)
      }
      let server = try PostgresServer()
      let connection = try PostgresConnection(server.settings(), by: patience)
      let settings = """
        SELECT current_user || ' ' || current_database() || ' ' || current_setting('work_mem') || ' '
          || current_setting('TimeZone') || ' ' || current_setting('application_name') || ' '
          || current_setting('DateStyle') || ' ' || current_setting('client_encoding') || ' ' || current_setting('geqo')
        """
      let found = try connection.run(settings, by: patience).text(0, 0) ?? ""
      let zone = try server.run("SELECT reset_val FROM pg_settings WHERE name = 'TimeZone'")
      guard found == "postgres postgres 4MB \(zone) convene ISO, MDY UTF8 on" else { throw Failure(found) }
    }
  }
}
