/// The first version of the schema.
enum PostgresSchema1 {
  // A row that is rewritten at each batch leaves dead ones behind: room for them on its own page, and a vacuum before they are many.
  private static let hot =
    "WITH (fillfactor = 10, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000)"

  static let tables = [
    // One row. The organization is the first one's that opened a ledger here; the key is for the audit's pseudonyms.
    """
    CREATE TABLE SCHEMA.meta (
      single boolean PRIMARY KEY DEFAULT true CHECK (single),
      version int NOT NULL, oldest_reader int NOT NULL, organization text,
      pseudonym_key bytea NOT NULL
        DEFAULT decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex'),
      audit_keep interval NOT NULL DEFAULT '90 days',
      CHECK (oldest_reader BETWEEN 1 AND version), CHECK (audit_keep >= interval '1 day'))
    """,
    // A row for each replica: its chain, its lease, its last batch; each of its processes, which names itself, has a higher epoch than
    // the one before. What it is sending lies between `oldest_row` and `newest_row`; once all of that is taken over, or there was nothing,
    // it is `closed`. One that has gone is `retired` when the last of its records was dropped: lists of heads name it no more.
    """
    CREATE TABLE SCHEMA.writers (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, replica text NOT NULL UNIQUE, process bytea NOT NULL,
      epoch int NOT NULL DEFAULT 1,
      begun timestamptz NOT NULL, lease timestamptz NOT NULL, closed boolean NOT NULL DEFAULT false,
      oldest_row bigint, newest_row bigint NOT NULL DEFAULT 0, batch bigint NOT NULL DEFAULT 0,
      seq bigint NOT NULL DEFAULT 0,
      hash bytea NOT NULL DEFAULT decode(repeat('00', 32), 'hex'), retired timestamptz) \(hot)
    """,
    "CREATE INDEX writers_open ON SCHEMA.writers (id) WHERE NOT closed",
    // Rows lie in the order of the first sends, as far as replicas have one. state: 1 sending, 3 unknown. A command with a row in
    // `outcomes` is done. The first send is told by the calendar (microseconds since 1970) and by the server's time since its start.
    "CREATE SEQUENCE SCHEMA.command_rows CACHE 1",
    """
    CREATE TABLE SCHEMA.commands (
      row bigint PRIMARY KEY, command_id text COLLATE "C" NOT NULL UNIQUE, team text NOT NULL, caller text NOT NULL,
      fingerprint bytea NOT NULL, keyless boolean NOT NULL, state smallint NOT NULL CHECK (state IN (1, 3)),
      writer bigint NOT NULL, attempt int NOT NULL DEFAULT 1, first_wall bigint NOT NULL, era bigint NOT NULL,
      since_era bigint NOT NULL, name text COLLATE "C" NOT NULL, region text, body bytea NOT NULL, token bytea, claim bytea)
    """,
    "CREATE INDEX commands_unknown ON SCHEMA.commands (row) WHERE state = 3",
    "CREATE INDEX commands_keyless ON SCHEMA.commands (fingerprint) WHERE keyless",
    // Of those that must not be sent twice within a time though they have no key: what makes them equal. Two replicas can't both have it.
    "CREATE UNIQUE INDEX commands_claim ON SCHEMA.commands (claim) WHERE claim IS NOT NULL",
    // Settling by an insert here costs half of what an update of `commands` would.
    """
    CREATE TABLE SCHEMA.outcomes (
      row bigint PRIMARY KEY, settled bigint NOT NULL, writer bigint NOT NULL,
      conference_id text COLLATE "C", status int NOT NULL, fields bytea NOT NULL, reply bytea NOT NULL)
    """,
    // Whose a conference is, while it can live: for other calls than creates. A command that is deleted leaves it.
    """
    CREATE TABLE SCHEMA.conferences (
      id text COLLATE "C" PRIMARY KEY, team text NOT NULL, token bytea, settled bigint NOT NULL)
    """,
    "CREATE INDEX conferences_settled ON SCHEMA.conferences (settled)",
    // tat: theoretical arrival time (GCRA), in nanoseconds since 1970 by the database's clock; by an interval and a tolerance, in
    // nanoseconds, too; 0 = nobody knows by which, so by those of the first request.
    """
    CREATE TABLE SCHEMA.limits (key text COLLATE "C" PRIMARY KEY, tat bigint NOT NULL, step bigint NOT NULL DEFAULT 0,
      tolerance bigint NOT NULL DEFAULT 0) \(hot)
    """,
    // What a writer has one of each: where its chain ends, how far its sinks are, what it is counting. `flood:N` is a record that is not
    // written yet; where N is less than 0, one that it has to write for others.
    """
    CREATE TABLE SCHEMA.notes (writer bigint NOT NULL, key text COLLATE "C" NOT NULL, value bytea NOT NULL,
      PRIMARY KEY (writer, key)) \(hot)
    """,
    """
    CREATE TABLE SCHEMA.audit (
      writer bigint NOT NULL, seq bigint NOT NULL, time timestamptz NOT NULL, team text, caller text, command_id text,
      decision text NOT NULL, record bytea NOT NULL, hash bytea NOT NULL, PRIMARY KEY (writer, seq, time))
      PARTITION BY RANGE (time)
    """,
    // Ledgers that lay in files before, each with the writer whose chain and commands they are now. `ledger` names one for ever; the key
    // is the one that its pseudonyms were made with; `seq` and `hash` say where its record ended in the file, `first_row` where its commands
    // begin here.
    """
    CREATE TABLE SCHEMA.imports (ledger bytea PRIMARY KEY, writer bigint NOT NULL UNIQUE,
      at timestamptz NOT NULL DEFAULT clock_timestamp(), pseudonym_key bytea NOT NULL,
      seq bigint NOT NULL, hash bytea NOT NULL, first_row bigint)
    """,
    // For a day that nobody has made a partition for.
    "CREATE TABLE SCHEMA.audit_default PARTITION OF SCHEMA.audit DEFAULT",
    // Of each chain that lost its oldest records to their age, the newest of these; `signed` says the same as a mark that may be signed.
    """
    CREATE TABLE SCHEMA.anchors (writer bigint PRIMARY KEY, seq bigint NOT NULL, hash bytea NOT NULL, signed bytea NOT NULL)
    """,
  ]
}
