/// The first version of the schema.
enum PostgresSchema1 {
  // A row that is rewritten at each batch leaves dead ones behind: room for them on its own page, and a vacuum before they are many.
  private static let hot =
    "WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"

  static let tables = [
    // One row.
    """
    CREATE TABLE SCHEMA.meta (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      version int NOT NULL, oldest_reader int NOT NULL, audit_keep interval NOT NULL DEFAULT '90 days',
      CHECK (oldest_reader BETWEEN 1 AND version), CHECK (audit_keep >= interval '1 day'))
    """,
    // A row for each incarnation of a replica: its chain, its lease, its last batch. `grants` are of batch `granted`, whose charge is
    // committed; `answer` is of batch `batch`, which is committed whole.
    """
    CREATE TABLE SCHEMA.writers (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, replica text NOT NULL, epoch int NOT NULL DEFAULT 1,
      begun timestamptz NOT NULL, lease timestamptz NOT NULL, oldest_sending timestamptz,
      granted bigint NOT NULL DEFAULT 0, grants smallint[], batch bigint NOT NULL DEFAULT 0, answer smallint[],
      seq bigint NOT NULL DEFAULT 0, hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex')) \(hot)
    """,
    "CREATE INDEX writers_replica ON SCHEMA.writers (replica, id)",
    // state: 1 sending, 3 unknown. A command with a row in `outcomes` is done.
    """
    CREATE TABLE SCHEMA.commands (
      command_id text COLLATE "C" PRIMARY KEY, team text NOT NULL, caller text NOT NULL, fingerprint bytea NOT NULL,
      keyless boolean NOT NULL, state smallint NOT NULL CHECK (state IN (1, 3)), writer bigint NOT NULL,
      attempt int NOT NULL DEFAULT 1, first_sent timestamptz NOT NULL, era timestamptz NOT NULL, name text NOT NULL,
      region text, body bytea NOT NULL)
    """,
    """
    CREATE INDEX commands_age ON SCHEMA.commands USING brin (first_sent) WITH (pages_per_range = 16, autosummarize = on)
    """,
    "CREATE INDEX commands_unknown ON SCHEMA.commands (first_sent) WHERE state = 3",
    "CREATE INDEX commands_keyless ON SCHEMA.commands (fingerprint) WHERE keyless",
    // Settling by an insert here costs half of what an update of `commands` would.
    """
    CREATE TABLE SCHEMA.outcomes (
      command_id text COLLATE "C" PRIMARY KEY, settled timestamptz NOT NULL, writer bigint NOT NULL, attempt int NOT NULL,
      conference_id text, status int NOT NULL, fields bytea NOT NULL, reply bytea NOT NULL)
    """,
    // tat: theoretical arrival time (GCRA), in microseconds since 1970 by the database's clock.
    """
    CREATE TABLE SCHEMA.limits (key text COLLATE "C" PRIMARY KEY, tat bigint NOT NULL) \(hot)
    """,
    """
    CREATE TABLE SCHEMA.audit (
      writer bigint NOT NULL, seq bigint NOT NULL, time timestamptz NOT NULL, team text, caller text, command_id text,
      decision text NOT NULL, record bytea NOT NULL, hash bytea NOT NULL, PRIMARY KEY (writer, seq, time))
      PARTITION BY RANGE (time)
    """,
    // For a day that nobody has made a partition for.
    "CREATE TABLE SCHEMA.audit_default PARTITION OF SCHEMA.audit DEFAULT",
  ]
}
