internal import Ledger

/// The tables, and how a file of an older version gets them.
enum Schema {
  /// "Cnvn": marks the file as a ledger (`file`(1) shows it; sqlite.org/fileformat2.html, "Application ID").
  static let applicationID: Int32 = 0x436E_766E

  /// `PRAGMA user_version` of a file is how many of these it has had.
  static let migrations = [
    // Commands lie in the order of their first send, so that the newest and the oldest each share few pages.
    // `first_sent`, `settled` are microseconds since 1970; `boot_sent` is microseconds since the machine's start number
    // `boot`. `fields` is StoredReply.encodedFields. A command that was not executed has no row.
    """
    CREATE TABLE commands (
      id INTEGER PRIMARY KEY,
      command_id TEXT NOT NULL UNIQUE,
      team TEXT NOT NULL,
      caller TEXT NOT NULL,
      fingerprint BLOB NOT NULL,
      keyless INTEGER NOT NULL,
      state INTEGER NOT NULL,
      first_sent INTEGER NOT NULL,
      boot INTEGER NOT NULL,
      boot_sent INTEGER NOT NULL,
      settled INTEGER,
      name TEXT NOT NULL,
      region TEXT,
      conference_id TEXT,
      status INTEGER,
      fields BLOB,
      reply BLOB,
      body BLOB NOT NULL
    );
    CREATE INDEX commands_unsettled ON commands (state) WHERE state <> 2;
    CREATE TABLE limits (
      key TEXT PRIMARY KEY,
      tat INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE audit (
      seq INTEGER PRIMARY KEY,
      time INTEGER NOT NULL,
      team TEXT,
      caller TEXT,
      command_id TEXT,
      decision TEXT NOT NULL,
      record TEXT NOT NULL,
      hash BLOB NOT NULL
    );
    CREATE TABLE sinks (
      name TEXT PRIMARY KEY,
      seq INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE TABLE meta (
      key TEXT PRIMARY KEY,
      value
    ) WITHOUT ROWID;
    """,
    // Rows are only appended: a row that grew with its reply split its page, and an index of what has no outcome was
    // written twice a command. What is being sent is noted instead, see `InFlightNote`; the commands of unknown outcome
    // are few and keep an index. `state` is 1 (sent: being sent, or done if there is a row in `outcomes`) or 3 (unknown).
    """
    INSERT INTO meta (key, value) SELECT 'in_flight', CAST(
      (SELECT coalesce(max(id), 0) FROM commands) || ':'
      || (SELECT coalesce(group_concat(id, ','), '') FROM commands WHERE state = 1) AS BLOB);
    CREATE TABLE outcomes (
      id INTEGER PRIMARY KEY,
      settled INTEGER NOT NULL,
      conference_id TEXT,
      status INTEGER NOT NULL,
      fields BLOB NOT NULL,
      reply BLOB NOT NULL
    );
    INSERT INTO outcomes SELECT id, settled, conference_id, status, fields, reply FROM commands
      WHERE state = 2 ORDER BY id;
    CREATE TABLE new_commands (
      id INTEGER PRIMARY KEY,
      command_id TEXT NOT NULL UNIQUE,
      team TEXT NOT NULL,
      caller TEXT NOT NULL,
      fingerprint BLOB NOT NULL,
      keyless INTEGER NOT NULL,
      state INTEGER NOT NULL,
      first_sent INTEGER NOT NULL,
      boot INTEGER NOT NULL,
      boot_sent INTEGER NOT NULL,
      name TEXT NOT NULL,
      region TEXT,
      body BLOB NOT NULL
    );
    INSERT INTO new_commands SELECT id, command_id, team, caller, fingerprint, keyless,
      CASE state WHEN 2 THEN 1 ELSE state END, first_sent, boot, boot_sent, name, region, body
      FROM commands ORDER BY id;
    DROP TABLE commands;
    ALTER TABLE new_commands RENAME TO commands;
    CREATE INDEX commands_unknown ON commands (state) WHERE state = 3;
    """,
    // With which token a command was sent, a `TokenDigest`; of older rows nobody knows.
    """
    ALTER TABLE commands ADD COLUMN token BLOB;
    """,
    // Of the log beside the file, a `LogMark`: a page of its own, which nothing else can tear.
    """
    CREATE TABLE log (
      id INTEGER PRIMARY KEY,
      mark TEXT NOT NULL
    );
    """,
    // Whose a conference is, while it can live: written only where other calls than creates are let through. `settled` is
    // that of its command, as above.
    """
    CREATE TABLE conferences (
      id TEXT PRIMARY KEY,
      team TEXT NOT NULL,
      token BLOB,
      settled INTEGER NOT NULL
    ) WITHOUT ROWID;
    """,
  ]

  static var version: Int32 { Int32(migrations.count) }

  /// The first version with the table `log`.
  static let firstWithLogMark: Int32 = 4

  /// - Throws: `newerVersion` where this one doesn't know it.
  static func version(of connection: SQLiteConnection, path: String) throws(LedgerError) -> Int32 {
    let found = Int32(truncatingIfNeeded: try connection.integer("PRAGMA user_version") ?? 0)
    guard found <= version else { throw .newer(path: path, version: found) }
    return found
  }

  /// Brings a file to this version, or leaves it as it was.
  static func migrate(_ connection: SQLiteConnection, from found: Int32) throws(LedgerError) {
    guard found < version else { return }
    let steps = migrations[Int(found)...].joined(separator: ";\n")
    try connection.execute("BEGIN IMMEDIATE; \(steps); PRAGMA user_version = \(version); COMMIT")
  }
}

extension LedgerError {
  static func newer(path: String, version: Int32) -> LedgerError {
    LedgerError(
      .newerVersion,
      "\(path): a ledger of version \(version), made by a newer Convene; this one knows \(Schema.version)")
  }
}
