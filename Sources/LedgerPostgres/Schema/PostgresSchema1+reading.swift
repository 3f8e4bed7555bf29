/// What reads the record, and what drops its oldest part.
extension PostgresSchema1 {
  /// As for the functions that serve, but that a search may be planned as it likes. Nothing is compiled for these: a plan that has to
  /// read a small table as a whole counts as dear, as that is switched off, and to compile it takes a second.
  static let reader = """
    SECURITY DEFINER SET search_path = SCHEMA, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET jit = off
    """
  private static let search = """
    SECURITY DEFINER SET search_path = SCHEMA, pg_temp SET plan_cache_mode = force_custom_plan SET enable_seqscan = off
    SET jit = off
    """
  private static let microseconds = "(extract(epoch FROM a.time) * 1000000)::bigint"
  /// From microseconds since 1970; exact up to the year 2255.
  private static func moment(_ name: String) -> String { "'epoch'::timestamptz + \(name) * interval '1 us'" }

  static let reading = [
    // Searches go by time. Rows lie nearly in its order, so that an index of blocks is enough, which costs a writer next to nothing.
    "CREATE INDEX audit_time ON SCHEMA.audit USING brin (time) WITH (pages_per_range = 16, autosummarize = on)",
    // The next chain of which there is anything. One that has records and is no writer's is somebody's who was not us.
    """
    CREATE FUNCTION SCHEMA.read_chain_v1(after bigint) RETURNS TABLE (writer bigint, replica text)
    LANGUAGE sql STABLE \(reader) AS $$
      SELECT n.id, w.replica FROM (SELECT min(x.id) AS id FROM (
          (SELECT w.id FROM writers w WHERE w.id > after ORDER BY w.id LIMIT 1)
          UNION ALL (SELECT c.writer FROM anchors c WHERE c.writer > after ORDER BY c.writer LIMIT 1)
          UNION ALL (SELECT a.writer FROM audit a WHERE a.writer > after ORDER BY a.writer LIMIT 1)) x) n
        LEFT JOIN writers w ON w.id = n.id
      WHERE n.id IS NOT NULL $$
    """,
    // One statement, so that all of it is of one moment: first a row with what is noted of the chain and no record.
    """
    CREATE FUNCTION SCHEMA.read_page_v1(w bigint, after bigint, most int) RETURNS TABLE (head_seq bigint, head_hash bytea,
      anchor bytea, seq bigint, record bytea, hash bytea, at bigint, team text, caller text, command_id text, decision text)
    LANGUAGE sql STABLE \(reader) AS $$
      SELECT h.seq, h.hash, c.signed, NULL::bigint, NULL::bytea, NULL::bytea, NULL::bigint, NULL::text, NULL::text, NULL::text,
          NULL::text
        FROM (SELECT 1) one LEFT JOIN writers h ON h.id = w LEFT JOIN anchors c ON c.writer = w
      UNION ALL
      (SELECT NULL, NULL, NULL, a.seq, a.record, a.hash, \(microseconds), a.team, a.caller, a.command_id, a.decision
        FROM audit a WHERE a.writer = w AND a.seq > after ORDER BY a.seq, a.time LIMIT most) $$
    """,
    // Whether records are there, in the order asked for.
    """
    CREATE FUNCTION SCHEMA.read_find_v1(ws bigint[], seqs bigint[]) RETURNS TABLE (hash bytea, at bigint, anchor bytea, known boolean)
    LANGUAGE sql STABLE \(reader) AS $$
      SELECT f.hash, f.at, c.signed, f.hash IS NOT NULL OR EXISTS (SELECT FROM writers h WHERE h.id = u.w)
          OR EXISTS (SELECT FROM audit a WHERE a.writer = u.w)
        FROM unnest(ws, seqs) WITH ORDINALITY u(w, s, o) LEFT JOIN anchors c ON c.writer = u.w
        LEFT JOIN LATERAL (SELECT a.hash, \(microseconds) AS at FROM audit a WHERE a.writer = u.w AND a.seq = u.s LIMIT 1) f ON true
        ORDER BY u.o $$
    """,
    // The first and the last of a chain's records between two moments, by number.
    """
    CREATE FUNCTION SCHEMA.read_edges_v1(w bigint, since bigint, until bigint) RETURNS TABLE (first bigint, last bigint)
    LANGUAGE sql STABLE \(reader) AS $$
      SELECT min(a.seq), max(a.seq) FROM audit a
      WHERE a.writer = w AND a.time >= \(moment("since")) AND a.time < \(moment("until")) $$
    """,
    // Between which moments all records lie, as far as the partitions tell; none in a day that nobody has made one for.
    """
    CREATE FUNCTION SCHEMA.read_bounds_v1(OUT since bigint, OUT until bigint, OUT now bigint) LANGUAGE sql STABLE \(reader) AS $$
      SELECT min(x.a), max(x.z), (extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM (
        SELECT extract(epoch FROM to_date(substr(c.relname, 7), 'YYYYMMDD'))::bigint * 1000000,
            (extract(epoch FROM to_date(substr(c.relname, 7), 'YYYYMMDD'))::bigint + 86400) * 1000000
          FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
          WHERE i.inhparent = 'SCHEMA.audit'::regclass AND c.relname ~ '^audit_[0-9]{8}$'
        UNION ALL SELECT min(\(microseconds)), max(\(microseconds)) + 1 FROM audit_default a) x(a, z) $$
    """,
    // Records between two moments in the order of time, writer and number, or the other way round, behind the place `k`. Empty = any.
    // Of each group of `needles` a record holds one. Planned anew each time: how long a piece of time is decides how it is best read.
    """
    CREATE FUNCTION SCHEMA.read_records_v1(since bigint, until bigint, k bigint[], newest boolean, most int, replicas text[],
      teams text[], callers text[], ids text[], decisions text[], marks boolean, needles text[], groups int[])
    RETURNS TABLE (writer bigint, seq bigint, at bigint, record bytea, hash bytea, previous bytea)
    LANGUAGE plpgsql STABLE \(search) AS $$
    #variable_conflict use_column
    BEGIN
      RETURN QUERY SELECT x.writer, x.seq, x.us, x.record, x.hash,
          coalesce((SELECT p.hash FROM audit p WHERE p.writer = x.writer AND p.seq = x.seq - 1 LIMIT 1),
            (SELECT c.hash FROM anchors c WHERE c.writer = x.writer AND c.seq = x.seq - 1))
        FROM (SELECT a.writer, a.seq, t.us, a.record, a.hash FROM audit a CROSS JOIN LATERAL (SELECT \(microseconds)) t(us)
          WHERE a.time >= \(moment("since")) AND a.time < \(moment("until"))
            AND (k = '{}' OR CASE WHEN newest THEN (t.us, a.writer, a.seq) < (k[1], k[2], k[3])
              ELSE (t.us, a.writer, a.seq) > (k[1], k[2], k[3]) END)
            AND (replicas = '{}' OR a.writer IN (SELECT w.id FROM writers w WHERE w.replica = ANY(replicas)))
            AND (teams = '{}' OR a.team = ANY(teams)) AND (callers = '{}' OR a.caller = ANY(callers))
            AND (ids = '{}' OR a.command_id = ANY(ids)) AND (decisions = '{}' OR a.decision = ANY(decisions))
            AND (marks OR a.decision NOT IN ('checkpoint', 'heads'))
            AND (needles = '{}' OR NOT EXISTS (SELECT FROM (SELECT DISTINCT unnest(groups)) g(g) WHERE NOT EXISTS (
              SELECT FROM unnest(needles, groups) u(n, g) WHERE u.g = g.g AND position(convert_to(u.n, 'UTF8') IN a.record) > 0)))
          ORDER BY CASE WHEN newest THEN -t.us ELSE t.us END, CASE WHEN newest THEN -a.writer ELSE a.writer END,
            CASE WHEN newest THEN -a.seq ELSE a.seq END LIMIT most) x
        ORDER BY CASE WHEN newest THEN -x.us ELSE x.us END, CASE WHEN newest THEN -x.writer ELSE x.writer END,
          CASE WHEN newest THEN -x.seq ELSE x.seq END;
    END $$
    """,
    "CREATE FUNCTION SCHEMA.read_teams_v1(since bigint, until bigint) RETURNS TABLE (team text) LANGUAGE sql STABLE \(reader) "
      + "AS $$ SELECT DISTINCT a.team FROM audit a WHERE a.team IS NOT NULL AND a.time >= \(moment("since")) "
      + "AND a.time < \(moment("until")) $$",
    """
    CREATE FUNCTION SCHEMA.read_heads_v1() RETURNS TABLE (writer bigint, replica text, seq bigint, hash bytea)
    LANGUAGE sql STABLE \(reader) AS $$ SELECT w.id, w.replica, w.seq, w.hash FROM writers w ORDER BY w.id $$
    """,
    // What chains have beyond the numbers that are known of them: each chain's records are committed in their order, whatever
    // their times are and whichever transaction is committed first.
    """
    CREATE FUNCTION SCHEMA.read_news_v1(ws bigint[], seqs bigint[], most int) RETURNS TABLE (writer bigint, replica text,
      seq bigint, at bigint, record bytea, hash bytea, team text, caller text, command_id text, decision text)
    LANGUAGE sql STABLE \(reader) AS $$
      SELECT w.id, w.replica, a.seq, \(microseconds), a.record, a.hash, a.team, a.caller, a.command_id, a.decision
        FROM writers w LEFT JOIN unnest(ws, seqs) k(w, s) ON k.w = w.id
        CROSS JOIN LATERAL (SELECT * FROM audit x WHERE x.writer = w.id AND x.seq > coalesce(k.s, 0) ORDER BY x.seq LIMIT most) a
        WHERE w.seq > coalesce(k.s, 0) ORDER BY w.id, a.seq $$
    """,
    // The key that pseudonyms are made with, first, and those of ledgers that were imported: who may read the record may look for a call
    // that he knows.
    """
    CREATE FUNCTION SCHEMA.read_pseudonym_keys_v1() RETURNS SETOF bytea LANGUAGE sql STABLE \(reader) AS $$
      SELECT m.pseudonym_key FROM meta m
      UNION ALL SELECT i.pseudonym_key FROM imports i WHERE i.pseudonym_key <> (SELECT m.pseudonym_key FROM meta m) $$
    """,
  ]

  /// What the role that audits may call. The role that serves may not: whoever gets hold of a gateway can add to the record, and
  /// neither read who called whom, nor look for what it is about.
  static let audited = [
    "meta_v1", "read_chain_v1", "read_page_v1", "read_find_v1", "read_edges_v1", "read_bounds_v1", "read_records_v1",
    "read_teams_v1", "read_heads_v1", "read_news_v1", "read_pseudonym_keys_v1",
  ]
}
