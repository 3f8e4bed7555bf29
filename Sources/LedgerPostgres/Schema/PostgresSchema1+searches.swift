/// What the ledger's rules ask. A command has the same columns in all of them: `StoredCommand` reads them.
extension PostgresSchema1 {
  private static let columns = """
    "row" bigint, command_id text, team text, caller text, fingerprint bytea, keyless boolean, state smallint, first_wall bigint,
    era bigint, since_era bigint, settled bigint, writer bigint, attempt int, lives boolean
    """
  private static let selected = """
    c.row, c.command_id, c.team, c.caller, c.fingerprint, c.keyless, CASE WHEN o.row IS NULL THEN c.state ELSE 2::smallint END,
    c.first_wall, c.era, c.since_era, o.settled, c.writer, c.attempt,
    EXISTS (SELECT FROM writers w WHERE w.id = c.writer AND w.lease > clock_timestamp())
    """
  private static let joined = "commands c LEFT JOIN outcomes o ON o.row = c.row"

  static let searches = [
    // With what is told to a repeat, or sent again.
    """
    CREATE FUNCTION SCHEMA.commands_v1(ids text[]) RETURNS TABLE (\(columns), status int, fields bytea, reply bytea,
      conference_id text, body bytea, token bytea)
    LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN
      RETURN QUERY SELECT \(selected), o.status, o.fields, o.reply, o.conference_id,
        CASE WHEN o.row IS NULL THEN c.body END, c.token
      FROM \(joined) WHERE c.command_id = ANY(ids);
    END $$
    """,
    """
    CREATE FUNCTION SCHEMA.command_v1(r bigint) RETURNS TABLE (\(columns), name text, status int, fields bytea, reply bytea,
      conference_id text, body bytea, token bytea)
    LANGUAGE sql STABLE \(definer) AS $$
      SELECT \(selected), c.name, o.status, o.fields, o.reply, o.conference_id, c.body, c.token
      FROM \(joined) WHERE c.row = r $$
    """,
    // Commands that a caller asked for without a key, by what it asked for: of each fingerprint, team and caller those first sent
    // since a moment, the newest first, each with the place of what it is equal to.
    """
    CREATE FUNCTION SCHEMA.equal_v1(fps bytea[], ts text[], cs text[], since bigint[]) RETURNS TABLE (n int, command_id text)
    LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN
      FOR n IN 1..cardinality(fps) LOOP
        RETURN QUERY SELECT n, c.command_id FROM commands c
          WHERE c.keyless AND c.fingerprint = fps[n] AND c.team = ts[n] AND c.caller = cs[n] AND c.first_wall >= since[n]
          ORDER BY c.first_wall DESC, c.row DESC LIMIT 64;
      END LOOP;
    END $$
    """,
    // Whose these conferences are, as far as is known.
    """
    CREATE FUNCTION SCHEMA.owners_v1(ids text[]) RETURNS TABLE (id text, team text, token bytea)
    LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN
      RETURN QUERY SELECT c.id, c.team, c.token FROM conferences c WHERE c.id = ANY(ids);
    END $$
    """,
    // Some at a time; whether there were so many.
    """
    CREATE FUNCTION SCHEMA.forget_conferences_v1(before bigint, most int) RETURNS boolean LANGUAGE plpgsql \(definer) AS $$
    DECLARE n int;
    BEGIN
      DELETE FROM conferences c WHERE c.id IN
        (SELECT x.id FROM conferences x WHERE x.settled < before ORDER BY x.settled LIMIT most FOR UPDATE SKIP LOCKED);
      GET DIAGNOSTICS n = ROW_COUNT;
      RETURN n = most;
    END $$
    """,
    // Which of these commands a living writer is sending.
    """
    CREATE FUNCTION SCHEMA.sending_v1(ids text[]) RETURNS TABLE (command_id text) LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN
      RETURN QUERY SELECT c.command_id FROM \(joined) JOIN writers w ON w.id = c.writer
        WHERE c.command_id = ANY(ids) AND c.state = 1 AND o.row IS NULL AND w.lease > clock_timestamp();
    END $$
    """,
    // What this writer's last process was sending.
    """
    CREATE FUNCTION SCHEMA.left_v1(w bigint) RETURNS TABLE (\(columns)) LANGUAGE sql STABLE \(definer) AS $$
      SELECT \(selected) FROM writers me JOIN commands c ON c.row BETWEEN coalesce(me.oldest_row, 1) AND me.newest_row
        LEFT JOIN outcomes o ON o.row = c.row
      WHERE me.id = w AND c.writer = w AND c.state = 1 AND o.row IS NULL ORDER BY c.row $$
    """,
    // What dead writers were sending, or did not know the outcome of. A dead one that has left nothing, and nothing to be told, is closed.
    """
    CREATE FUNCTION SCHEMA.orphans_v1(most int) RETURNS TABLE (\(columns)) LANGUAGE plpgsql \(definer) AS $$
    DECLARE dead SCHEMA.writers; found int; n int := 0;
    BEGIN
      FOR dead IN SELECT * FROM writers x WHERE NOT x.closed AND x.lease <= clock_timestamp() ORDER BY x.id
        FOR UPDATE SKIP LOCKED
      LOOP
        RETURN QUERY SELECT \(selected) FROM \(joined)
          WHERE c.row BETWEEN coalesce(dead.oldest_row, 1) AND dead.newest_row AND c.writer = dead.id AND c.state = 1
            AND o.row IS NULL ORDER BY c.row LIMIT most - n;
        GET DIAGNOSTICS found = ROW_COUNT;
        n := n + found;
        IF found = 0 THEN
          RETURN QUERY SELECT \(selected) FROM \(joined) WHERE c.state = 3 AND c.writer = dead.id ORDER BY c.row LIMIT most - n;
          GET DIAGNOSTICS found = ROW_COUNT;
          n := n + found;
        END IF;
        IF found = 0 THEN
          UPDATE writers x SET closed = true
            WHERE x.id = dead.id AND NOT EXISTS (SELECT FROM notes t WHERE t.writer = dead.id AND t.key LIKE 'flood:%');
        END IF;
        EXIT WHEN n >= most;
      END LOOP;
    END $$
    """,
    """
    CREATE FUNCTION SCHEMA.unknown_v1(w bigint, most int) RETURNS TABLE (\(columns)) LANGUAGE sql STABLE \(definer) AS $$
      SELECT \(selected) FROM \(joined) WHERE c.state = 3 AND c.writer = w ORDER BY c.row LIMIT most $$
    """,
    """
    CREATE FUNCTION SCHEMA.count_unknown_v1(w bigint) RETURNS bigint LANGUAGE sql STABLE \(definer) AS $$
      SELECT count(*) FROM commands WHERE state = 3 AND writer = w $$
    """,
    // The newest by their first sends. Those of a ledger that was imported have rows behind others that are
    // younger, so one looks before each of these, too.
    """
    CREATE FUNCTION SCHEMA.newest_v1(most int) RETURNS TABLE (\(columns)) LANGUAGE sql STABLE \(definer) AS $$
      SELECT \(selected) FROM (
          (SELECT x.row FROM commands x ORDER BY x.row DESC LIMIT most)
          UNION (SELECT l.row FROM imports i CROSS JOIN LATERAL
            (SELECT x.row FROM commands x WHERE x.row < i.first_row ORDER BY x.row DESC LIMIT most) l)) n
        JOIN commands c ON c.row = n.row LEFT JOIN outcomes o ON o.row = c.row
        ORDER BY c.first_wall DESC, c.row DESC LIMIT most $$
    """,
    // Whether this is the one of those that live which does what is to be done once for all.
    """
    CREATE FUNCTION SCHEMA.is_first_v1(w bigint) RETURNS boolean LANGUAGE sql STABLE \(definer) AS $$
      SELECT w = (SELECT min(x.id) FROM writers x WHERE NOT x.closed AND x.lease > clock_timestamp()) $$
    """,
    // For pruning: all commands, for one writer of those that live; the others see to those of unknown outcome that they hold.
    """
    CREATE FUNCTION SCHEMA.ages_v1(w bigint, behind bigint, most bigint)
    RETURNS TABLE ("row" bigint, state smallint, first_wall bigint, era bigint, since_era bigint, settled bigint)
    LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN
      IF is_first_v1(w) THEN
        RETURN QUERY SELECT c.row, c.state, c.first_wall, c.era, c.since_era, o.settled FROM \(joined)
          WHERE c.row > behind ORDER BY c.row LIMIT most;
      ELSE
        RETURN QUERY SELECT c.row, c.state, c.first_wall, c.era, c.since_era, NULL::bigint FROM commands c
          WHERE c.state = 3 AND c.writer = w AND c.row > behind ORDER BY c.row LIMIT most;
      END IF;
    END $$
    """,
    // The next command before a row or behind it, of all or of those of unknown outcome.
    """
    CREATE FUNCTION SCHEMA.neighbour_v1(r bigint, is_before boolean, is_unknown boolean)
    RETURNS TABLE ("row" bigint, first_wall bigint, era bigint, since_era bigint) LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN
      IF is_before AND is_unknown THEN RETURN QUERY SELECT c.row, c.first_wall, c.era, c.since_era FROM commands c
        WHERE c.state = 3 AND c.row < r ORDER BY c.row DESC LIMIT 1;
      ELSIF is_unknown THEN RETURN QUERY SELECT c.row, c.first_wall, c.era, c.since_era FROM commands c
        WHERE c.state = 3 AND c.row > r ORDER BY c.row LIMIT 1;
      ELSIF is_before THEN RETURN QUERY SELECT c.row, c.first_wall, c.era, c.since_era FROM commands c
        WHERE c.row < r ORDER BY c.row DESC LIMIT 1;
      ELSE RETURN QUERY SELECT c.row, c.first_wall, c.era, c.since_era FROM commands c
        WHERE c.row > r ORDER BY c.row LIMIT 1;
      END IF;
    END $$
    """,
    """
    CREATE FUNCTION SCHEMA.has_conference_v1(conference text, a bigint, z bigint, but bigint) RETURNS boolean
    LANGUAGE sql STABLE \(definer) AS $$
      SELECT EXISTS (SELECT FROM outcomes o WHERE o.row BETWEEN a AND z AND o.row <> but AND o.conference_id = conference) $$
    """,
    """
    CREATE FUNCTION SCHEMA.conferences_v1(named text, a bigint, z bigint, but bigint, most bigint)
    RETURNS TABLE (conference_id text) LANGUAGE sql STABLE \(definer) AS $$
      SELECT o.conference_id FROM commands c JOIN outcomes o ON o.row = c.row
      WHERE c.row BETWEEN a AND z AND c.row <> but AND c.name = named AND o.conference_id IS NOT NULL LIMIT most $$
    """,
    // Of commands of unknown outcome, and of those that other writers are sending.
    """
    CREATE FUNCTION SCHEMA.undecided_names_v1(w bigint, a bigint, z bigint, but bigint)
    RETURNS TABLE (name text, first_wall bigint, era bigint, since_era bigint) LANGUAGE sql STABLE \(definer) AS $$
      SELECT c.name, c.first_wall, c.era, c.since_era FROM \(joined)
      WHERE c.row BETWEEN a AND z AND c.row <> but AND o.row IS NULL AND (c.state = 3 OR c.writer <> w) ORDER BY c.row $$
    """,
    """
    CREATE FUNCTION SCHEMA.notes_v1(w bigint) RETURNS TABLE (key text, value bytea) LANGUAGE sql STABLE \(definer) AS $$
      SELECT n.key, n.value FROM notes n WHERE n.writer = w ORDER BY n.key $$
    """,
    // A writer's own records, oldest first; with the note of what was dropped, where a record follows that.
    """
    CREATE FUNCTION SCHEMA.records_v1(w bigint, first_seq bigint, most bigint)
    RETURNS TABLE (seq bigint, record bytea, hash bytea, "time" bigint, anchor bytea) LANGUAGE sql STABLE \(definer) AS $$
      SELECT a.seq, a.record, a.hash, microseconds(a.time),
        (SELECT c.signed FROM anchors c WHERE c.writer = w AND c.seq = a.seq - 1)
      FROM audit a WHERE a.writer = w AND a.seq >= first_seq ORDER BY a.seq LIMIT most $$
    """,
    """
    CREATE FUNCTION SCHEMA.anchor_v1(w bigint) RETURNS bytea LANGUAGE plpgsql STABLE \(definer) AS $$
    BEGIN RETURN (SELECT c.signed FROM anchors c WHERE c.writer = w); END $$
    """,
    // What replicas that have gone had counted and not told, with what the caller has to tell for others anyway. One that was only
    // stopped, and goes on, tells it itself: so they are gone for a while.
    """
    CREATE FUNCTION SCHEMA.take_notes_v1(w bigint, e int) RETURNS TABLE (note bigint, value bytea)
    LANGUAGE plpgsql \(definer) AS $$
    #variable_conflict use_column
    DECLARE dead SCHEMA.writers; last bigint; taken int := 0; n int;
    BEGIN
      PERFORM lock_writer(w, e);
      SELECT least(0, min(substr(x.key, 7)::bigint)) INTO last FROM notes x WHERE x.writer = w AND x.key LIKE 'flood:-%';
      FOR dead IN SELECT * FROM writers x WHERE NOT x.closed AND x.id <> w AND x.lease <= clock_timestamp() - interval '5 minutes'
        ORDER BY x.id FOR UPDATE SKIP LOCKED
      LOOP
        WITH gone AS (DELETE FROM notes x WHERE x.writer = dead.id AND x.key LIKE 'flood:%' RETURNING x.key, x.value)
          INSERT INTO notes SELECT w, 'flood:' || last - row_number() OVER (ORDER BY g.key), g.value FROM gone g;
        GET DIAGNOSTICS n = ROW_COUNT;
        last := last - n;
        taken := taken + n;
        EXIT WHEN taken > 500;
      END LOOP;
      RETURN QUERY SELECT substr(x.key, 7)::bigint, x.value FROM notes x WHERE x.writer = w AND x.key LIKE 'flood:-%' ORDER BY 1 DESC;
    END $$
    """,
  ]

  static let servedSearches = [
    "commands_v1", "equal_v1", "left_v1", "command_v1", "sending_v1", "orphans_v1", "is_first_v1", "unknown_v1",
    "count_unknown_v1", "owners_v1", "forget_conferences_v1",
    "newest_v1",
    "ages_v1",
    "neighbour_v1", "has_conference_v1", "conferences_v1", "undecided_names_v1", "notes_v1", "records_v1",
    "anchor_v1", "take_notes_v1",
  ]
}
