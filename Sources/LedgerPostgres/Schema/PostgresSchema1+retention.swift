/// What drops the oldest days of the record, and what is left of replicas that have gone.
extension PostgresSchema1 {
  /// So long the record waits for the sinks of a replica that has gone.
  private static let absence = "interval '7 days'"

  static let retention = [
    // Up to which record a chain's replica has noted that all of its sinks have it. It does so with its first record, so that a chain
    // without a note is no replica's, and has no sinks.
    """
    CREATE FUNCTION SCHEMA.delivered(w bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
      SELECT coalesce((SELECT convert_from(n.value, 'UTF8')::bigint FROM SCHEMA.notes n
        WHERE n.writer = w AND n.key = 'delivered'), 9223372036854775807) $$
    """,
    // Behind which record nothing of a chain may go, since sinks lack it; NULL = it waits for none, as its replica has gone.
    """
    CREATE FUNCTION SCHEMA.awaited_after(w bigint) RETURNS bigint LANGUAGE sql STABLE AS $$
      SELECT SCHEMA.delivered(x.id) FROM SCHEMA.writers x WHERE x.id = w AND x.lease > clock_timestamp() - \(absence) $$
    """,
    // The days that have a table, each by its beginning.
    """
    CREATE FUNCTION SCHEMA.audit_days() RETURNS TABLE (name text, day timestamptz) LANGUAGE sql STABLE AS $$
      SELECT c.relname::text, to_date(substr(c.relname, 7), 'YYYYMMDD')::timestamp AT TIME ZONE 'UTC'
        FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'SCHEMA.audit'::regclass AND c.relname ~ '^audit_[0-9]{8}$' $$
    """,
    // The beginning of the day from which on everything is kept: at least for as long as the schema's owner says.
    """
    CREATE FUNCTION SCHEMA.kept_since(keep interval) RETURNS timestamptz LANGUAGE sql STABLE AS $$
      SELECT date_trunc('day', clock_timestamp() - greatest(keep, (SELECT m.audit_keep FROM SCHEMA.meta m)), 'UTC') $$
    """,
    // The same, or the beginning of an earlier day, where sinks lack a record of that.
    """
    CREATE FUNCTION SCHEMA.awaited_since(since timestamptz) RETURNS timestamptz LANGUAGE sql STABLE AS $$
      SELECT coalesce(min(d.day), since) FROM SCHEMA.audit_days() d WHERE d.day < since AND EXISTS (
        SELECT FROM SCHEMA.writers w CROSS JOIN LATERAL (SELECT SCHEMA.awaited_after(w.id) AS seq) h
          WHERE w.seq > h.seq AND EXISTS (SELECT FROM SCHEMA.audit a
            WHERE a.writer = w.id AND a.seq > h.seq AND a.time >= d.day AND a.time < d.day + interval '24 hours')) $$
    """,
    // Up to which record a chain may go: all before that are older, and sinks have them. The times of a chain's records need not ascend.
    """
    CREATE FUNCTION SCHEMA.kept_after(w bigint, since timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
      SELECT least(SCHEMA.awaited_after(w),
        coalesce((SELECT min(a.seq) FROM SCHEMA.audit a WHERE a.writer = w AND a.time >= since) - 1,
          (SELECT max(a.seq) FROM SCHEMA.audit a WHERE a.writer = w))) $$
    """,
    // Which chains would lose records now: the first and the last one, the note of what they lost before, and how many of them it is not
    // known of that sinks have them.
    """
    CREATE FUNCTION SCHEMA.droppable_v1(keep interval) RETURNS TABLE (writer bigint, first bigint, seq bigint, hash bytea,
      anchor bytea, replica text, missed bigint) LANGUAGE sql STABLE \(reader) AS $$
      SELECT w.id, f.seq, l.seq, (SELECT a.hash FROM audit a WHERE a.writer = w.id AND a.seq = l.seq LIMIT 1), c.signed,
          w.replica, greatest(0, l.seq - greatest(delivered(w.id), f.seq - 1))
        FROM (SELECT awaited_since(kept_since(keep)) AS t) since CROSS JOIN writers w LEFT JOIN anchors c ON c.writer = w.id
        CROSS JOIN LATERAL (SELECT min(a.seq) AS seq FROM audit a WHERE a.writer = w.id) f
        CROSS JOIN LATERAL (SELECT kept_after(w.id, since.t) AS seq) l
        WHERE f.seq <= l.seq ORDER BY w.id $$
    """,
    // Drops the days that are old enough, with a note for each chain that loses records; the notes are what was made of
    // `droppable_v1`, and if that isn't so any more, nothing is done (CV006). An old record that stands behind a young one in its chain
    // stays, in the default partition. All writers wait meanwhile, so it gives up soon where it can't have the tables at once.
    // `told`: a record that the writer `teller` has to write of it. `waiting`: replicas for whose sinks old records stay.
    """
    CREATE FUNCTION SCHEMA.drop_audit_v1(keep interval, ws bigint[], seqs bigint[], hashes bytea[], marks bytea[],
      teller bigint, told bytea, OUT days int, OUT waiting text[])
    LANGUAGE plpgsql \(reader) SET lock_timeout = '200ms' AS $$
    DECLARE since timestamptz; old text[]; day text;
    BEGIN
      PERFORM pg_advisory_xact_lock(hashtext('SCHEMA.audit'));
      LOCK TABLE audit IN ACCESS EXCLUSIVE MODE;
      since := kept_since(keep);
      SELECT array_agg(w.replica ORDER BY w.id) INTO waiting FROM writers w WHERE w.seq > awaited_after(w.id)
        AND EXISTS (SELECT FROM audit a WHERE a.writer = w.id AND a.seq > awaited_after(w.id) AND a.time < since);
      since := awaited_since(since);
      SELECT array_agg(d.name ORDER BY d.name) INTO old FROM audit_days() d WHERE d.day < since;
      IF EXISTS (SELECT FROM droppable_v1(keep) d FULL JOIN unnest(ws, seqs, hashes) u(w, s, h) ON u.w = d.writer
        WHERE (d.seq, d.hash) IS DISTINCT FROM (u.s, u.h)) THEN
        RAISE EXCEPTION 'the record has grown' USING ERRCODE = 'CV006';
      END IF;
      INSERT INTO anchors SELECT * FROM unnest(ws, seqs, hashes, marks)
        ON CONFLICT (writer) DO UPDATE SET seq = EXCLUDED.seq, hash = EXCLUDED.hash, signed = EXCLUDED.signed
          WHERE EXCLUDED.seq > anchors.seq;
      FOREACH day IN ARRAY coalesce(old, '{}') LOOP
        EXECUTE format('ALTER TABLE SCHEMA.audit DETACH PARTITION SCHEMA.%I', day);
        EXECUTE format('INSERT INTO SCHEMA.audit SELECT p.* FROM SCHEMA.writers w JOIN SCHEMA.%I p ON p.writer = w.id '
          'LEFT JOIN SCHEMA.anchors c ON c.writer = w.id WHERE p.seq > coalesce(c.seq, 0)', day);
        EXECUTE format('DROP TABLE SCHEMA.%I', day);
      END LOOP;
      DELETE FROM audit_default a USING anchors c WHERE a.writer = c.writer AND a.seq <= c.seq AND a.time < since;
      IF told IS NOT NULL THEN
        INSERT INTO notes SELECT teller, 'flood:' || least(0, min(substr(n.key, 7)::bigint)) - 1, told
          FROM notes n WHERE n.writer = teller AND n.key LIKE 'flood:-%';
      END IF;
      days := coalesce(cardinality(old), 0);
    END $$
    """,
    // Removes what is left of replicas that have gone for good: the row, the notes, the note of what was dropped.
    //
    // First the row is retired: all that the replica was sending was taken over, what it had counted was told, and of its chain nothing is
    // left. Lists of heads don't name it from then on. It goes when the last list that may name it has gone, for who follows a list
    // looks for what it names; a day more than that, for a list that was being made. Its number is given to nobody else.
    """
    CREATE FUNCTION SCHEMA.retire_v1() RETURNS int LANGUAGE plpgsql \(reader) SET lock_timeout = '200ms' AS $$
    DECLARE gone bigint[]; oldest timestamptz;
    BEGIN
      UPDATE writers w SET retired = clock_timestamp()
        WHERE w.closed AND w.retired IS NULL AND w.lease < clock_timestamp() - \(absence)
          AND (w.seq = 0 OR EXISTS (SELECT FROM anchors c WHERE c.writer = w.id AND c.seq = w.seq AND c.hash = w.hash));
      SELECT least((SELECT min(d.day) FROM audit_days() d), (SELECT min(a.time) FROM audit_default a)) INTO oldest;
      SELECT array_agg(x.id) INTO gone FROM (
        SELECT w.id FROM writers w WHERE w.closed AND w.retired IS NOT NULL AND w.lease < clock_timestamp() - \(absence)
            AND (w.seq = 0 OR w.retired + interval '24 hours' < oldest)
            AND NOT EXISTS (SELECT FROM audit a WHERE a.writer = w.id)
            AND NOT EXISTS (SELECT FROM commands c WHERE c.writer = w.id AND c.state = 3)
            AND NOT EXISTS (SELECT FROM notes n WHERE n.writer = w.id AND n.key LIKE 'flood:%')
          FOR UPDATE SKIP LOCKED) x;
      DELETE FROM anchors c WHERE c.writer = ANY(gone);
      DELETE FROM notes n WHERE n.writer = ANY(gone);
      DELETE FROM writers w WHERE w.id = ANY(gone);
      RETURN coalesce(cardinality(gone), 0);
    END $$
    """,
    // The notes of what was dropped that nobody has signed, and whether anybody had a key before: then they are a stranger's. Who wrote
    // them may have deleted the notes of checkpoints, too, so the records are asked as well: `look` at each end of these chains, and of
    // those that were written lately.
    """
    CREATE FUNCTION SCHEMA.unsigned_anchors_v1(look bigint) RETURNS TABLE (writer bigint, seq bigint, hash bytea, had_key boolean)
    LANGUAGE plpgsql STABLE \(reader) AS $$
    #variable_conflict use_column
    DECLARE unsigned bigint[]; known boolean;
    BEGIN
      SELECT array_agg(c.writer) INTO unsigned FROM anchors c WHERE position('"signature"'::bytea IN c.signed) = 0;
      IF unsigned IS NULL THEN RETURN; END IF;
      known := EXISTS (SELECT FROM anchors c WHERE c.writer <> ALL(unsigned))
        OR EXISTS (SELECT FROM notes n WHERE n.key = 'audit_checkpoint')
        OR EXISTS (SELECT FROM writers w CROSS JOIN LATERAL (
            (SELECT a.decision, a.record FROM audit a WHERE a.writer = w.id ORDER BY a.seq LIMIT look)
            UNION ALL (SELECT a.decision, a.record FROM audit a WHERE a.writer = w.id ORDER BY a.seq DESC LIMIT look)) x
          WHERE (w.id = ANY(unsigned) OR w.lease > clock_timestamp() - interval '24 hours')
            AND (x.decision = 'checkpoint' OR x.decision = 'heads' AND position('"signature"'::bytea IN x.record) > 0));
      RETURN QUERY SELECT c.writer, c.seq, c.hash, known FROM anchors c WHERE c.writer = ANY(unsigned) ORDER BY c.writer;
    END $$
    """,
    // Signs them: each as it was read, and none that is signed.
    """
    CREATE FUNCTION SCHEMA.sign_anchors_v1(ws bigint[], seqs bigint[], marks bytea[]) RETURNS void LANGUAGE sql \(reader) AS $$
      UPDATE anchors c SET signed = u.m FROM unnest(ws, seqs, marks) u(w, s, m)
        WHERE c.writer = u.w AND c.seq = u.s AND position('"signature"'::bytea IN c.signed) = 0 $$
    """,
  ]

  /// What the role that serves may call of these.
  static let servedRetention = ["droppable_v1", "drop_audit_v1", "retire_v1", "unsigned_anchors_v1", "sign_anchors_v1"]
}
