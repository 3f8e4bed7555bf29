extension PostgresSchema1 {
  /// Run as the owner of the tables, whoever calls. Names are looked for in our schema and PostgreSQL's own, and in the caller's
  /// temporary one last (it would be the first where it isn't named): a caller can put nothing in a table's place.
  ///
  /// Plans are made once and are those for full tables: while the tables are empty others look cheaper. These settings are the
  /// functions' own, so that neither a pooler between nor a role's settings changes them.
  private static let definer = """
    SECURITY DEFINER SET search_path = SCHEMA, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off SET lock_timeout = '1s'
    """

  static let functions = [
    // These two are called by others only, and have their settings.
    //
    // Two batches that lock the same rows in different orders wait for each other; and an id that is twice in a batch would be
    // admitted twice.
    """
    CREATE FUNCTION SCHEMA.check_ascending(texts text[]) RETURNS void LANGUAGE plpgsql AS $$
    BEGIN
      FOR i IN 2..coalesce(cardinality(texts), 0) LOOP
        IF texts[i] COLLATE "C" <= texts[i - 1] COLLATE "C" THEN RAISE EXCEPTION 'not ascending' USING ERRCODE = 'CV003'; END IF;
      END LOOP;
    END $$
    """,
    // The writer's row, locked, of this epoch. Locking it also waits for a transaction of the same writer that is committing.
    """
    CREATE FUNCTION SCHEMA.lock_writer(w bigint, e int) RETURNS SCHEMA.writers LANGUAGE plpgsql AS $$
    DECLARE me SCHEMA.writers;
    BEGIN
      SELECT * INTO me FROM writers WHERE id = w FOR UPDATE;
      IF me.epoch IS DISTINCT FROM e THEN RAISE EXCEPTION 'fenced' USING ERRCODE = 'CV001'; END IF;
      RETURN me;
    END $$
    """,
    """
    CREATE FUNCTION SCHEMA.meta_v1(OUT version int, OUT oldest_reader int) LANGUAGE sql STABLE \(definer) AS $$
      SELECT version, oldest_reader FROM meta $$
    """,
    // A new incarnation, with the last one of the same replica, whose chain it goes on from.
    """
    CREATE FUNCTION SCHEMA.open_v1(name text, lease_for interval,
      OUT writer bigint, OUT epoch int, OUT predecessor bigint, OUT predecessor_seq bigint, OUT predecessor_hash bytea)
    LANGUAGE plpgsql \(definer) AS $$
    DECLARE t timestamptz := clock_timestamp();
    BEGIN
      SELECT x.id, x.seq, x.hash INTO predecessor, predecessor_seq, predecessor_hash
        FROM writers x WHERE x.replica = name ORDER BY x.id DESC LIMIT 1;
      INSERT INTO writers (replica, begun, lease) VALUES (name, t, t + lease_for) RETURNING id, writers.epoch INTO writer, epoch;
    END $$
    """,
    """
    CREATE FUNCTION SCHEMA.renew_v1(w bigint, e int, lease_for interval, oldest timestamptz) RETURNS void
    LANGUAGE plpgsql \(definer) AS $$
    BEGIN
      PERFORM lock_writer(w, e);
      UPDATE writers SET lease = clock_timestamp() + lease_for, oldest_sending = oldest WHERE id = w;
    END $$
    """,
    // For each id: 1 admitted, 2 known already, 3 limited. `lk`: the limits' keys; `li`, `lt`: of each its interval and its tolerance in
    // microseconds; `ci`: of each id as many places in `lk` as `width` says; `credit`: of each limit, tokens of lost races that are
    // given back.
    //
    // A transaction of its own, committed asynchronously, so that nobody waits for a flush or a standby on a row that all share. WAL
    // is one sequence: a durable intent has a durable charge, and a crash can only charge too much.
    """
    CREATE FUNCTION SCHEMA.charge_v1(w bigint, e int, b bigint, ids text[], lk text[], li bigint[], lt bigint[], ci int[],
      width int, credit bigint[], OUT v smallint[], OUT tats bigint[], OUT at bigint)
    LANGUAGE plpgsql \(definer) AS $$
    DECLARE me writers; known text[]; k int; ok boolean;
    BEGIN
      PERFORM set_config('synchronous_commit', 'off', true);
      PERFORM check_ascending(ids), check_ascending(lk);
      me := lock_writer(w, e);
      IF me.granted >= b THEN v := me.grants; RETURN; END IF;
      SELECT array_agg(command_id) INTO known FROM commands WHERE command_id = ANY(ids);
      SELECT array_agg(x.tat ORDER BY x.key) INTO tats
        FROM (SELECT key, tat FROM limits WHERE key = ANY(lk) ORDER BY key FOR UPDATE) x;
      IF coalesce(cardinality(tats), 0) < coalesce(cardinality(lk), 0) THEN   -- a limit's first use
        INSERT INTO limits SELECT unnest(lk), 0 ON CONFLICT DO NOTHING;
        SELECT array_agg(x.tat ORDER BY x.key) INTO tats
          FROM (SELECT key, tat FROM limits WHERE key = ANY(lk) ORDER BY key FOR UPDATE) x;
      END IF;
      at := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;   -- after the wait for the rows, which now() is not
      FOR j IN 1..coalesce(cardinality(lk), 0) LOOP
        tats[j] := least(greatest(tats[j] - credit[j] * li[j], at), at + lt[j]);
      END LOOP;
      v := array_fill(2::smallint, ARRAY[coalesce(cardinality(ids), 0)]);
      FOR i IN 1..coalesce(cardinality(ids), 0) LOOP
        CONTINUE WHEN ids[i] = ANY(known);
        ok := true;
        FOR j IN 1..width LOOP
          k := ci[(i - 1) * width + j];
          IF tats[k] + li[k] - at > lt[k] THEN ok := false; EXIT; END IF;
        END LOOP;
        IF ok THEN FOR j IN 1..width LOOP k := ci[(i - 1) * width + j]; tats[k] := tats[k] + li[k]; END LOOP; END IF;
        v[i] := CASE WHEN ok THEN 1 ELSE 3 END;
      END LOOP;
      UPDATE limits l SET tat = u.t FROM unnest(lk, tats) u(k, t) WHERE l.key = u.k AND l.tat <> u.t;
      UPDATE writers SET granted = b, grants = v WHERE id = w;
    END $$
    """,
    // The durable intents of what `charge_v1` of the same batch has admitted; for each id what became of it.
    """
    CREATE FUNCTION SCHEMA.intent_v1(w bigint, e int, b bigint, lease_for interval, oldest timestamptz,
      ids text[], te text[], ca text[], fp bytea[], kl boolean[], na text[], re text[], bo bytea[]) RETURNS smallint[]
    LANGUAGE plpgsql \(definer) AS $$
    DECLARE me writers; fresh text[]; v smallint[]; t timestamptz := clock_timestamp();
    BEGIN
      me := lock_writer(w, e);
      IF me.batch >= b THEN RETURN me.answer; END IF;
      IF me.granted <> b OR cardinality(me.grants) <> cardinality(ids) THEN
        RAISE EXCEPTION 'not the batch that was charged' USING ERRCODE = 'CV003';
      END IF;
      v := me.grants;
      WITH ins AS (
        INSERT INTO commands (command_id, team, caller, fingerprint, keyless, state, writer, first_sent, era, name, region, body)
        SELECT u.id, u.te, u.ca, u.fp, u.kl, 1, w, t, pg_postmaster_start_time(), u.na, u.re, u.bo
        FROM unnest(ids, te, ca, fp, kl, na, re, bo, v) u(id, te, ca, fp, kl, na, re, bo, x) WHERE u.x = 1
        ON CONFLICT (command_id) DO NOTHING RETURNING command_id)
      SELECT array_agg(command_id) INTO fresh FROM ins;
      IF coalesce(cardinality(fresh), 0) < cardinality(ids) THEN
        SELECT array_agg(CASE WHEN u.x = 1 AND u.id = ANY(fresh) IS NOT TRUE THEN 2 ELSE u.x END ORDER BY o) INTO v
          FROM unnest(ids, v) WITH ORDINALITY u(id, x, o);
      END IF;
      UPDATE writers SET batch = b, answer = v, lease = clock_timestamp() + lease_for, oldest_sending = oldest WHERE id = w;
      RETURN v;
    END $$
    """,
    // What the ledger's rules need to know of these ids.
    """
    CREATE FUNCTION SCHEMA.look_v1(ids text[]) RETURNS TABLE (command_id text, team text, fingerprint bytea, state smallint,
      writer bigint, attempt int, age_us bigint, same_era boolean, owner_lives boolean, settled_age_us bigint, status int,
      fields bytea, reply bytea, body bytea) LANGUAGE sql STABLE \(definer) AS $$
      SELECT c.command_id, c.team, c.fingerprint, c.state, c.writer, c.attempt,
        (extract(epoch FROM clock_timestamp() - c.first_sent) * 1000000)::bigint, c.era = pg_postmaster_start_time(),
        w.lease > clock_timestamp(), (extract(epoch FROM clock_timestamp() - o.settled) * 1000000)::bigint, o.status,
        o.fields, o.reply, c.body
      FROM commands c LEFT JOIN outcomes o USING (command_id) LEFT JOIN writers w ON w.id = c.writer
      WHERE c.command_id = ANY(ids) $$
    """,
    // Takes what a dead writer has left: one wins, and whoever held it can't free it any more. The rows of both are locked in the
    // order of their ids, so that the lease can't be renewed between the look at it and the taking.
    """
    CREATE FUNCTION SCHEMA.take_v1(w bigint, e int, id text, from_writer bigint, from_attempt int) RETURNS boolean
    LANGUAGE plpgsql \(definer) AS $$
    DECLARE n int;
    BEGIN
      PERFORM FROM writers x WHERE x.id IN (w, from_writer) ORDER BY x.id FOR UPDATE;
      PERFORM lock_writer(w, e);
      UPDATE commands c SET writer = w, attempt = attempt + 1, state = 1
        WHERE c.command_id = take_v1.id AND c.writer = from_writer AND c.attempt = from_attempt
          AND NOT EXISTS (SELECT FROM outcomes o WHERE o.command_id = take_v1.id)
          AND NOT EXISTS (SELECT FROM writers x WHERE x.id = from_writer AND x.lease > clock_timestamp());
      GET DIAGNOSTICS n = ROW_COUNT;
      RETURN n = 1;
    END $$
    """,
    // kind: 1 done, 2 free (not executed), 3 unknown. Evidence of a conference is taken from whoever brings it, "free" and "unknown"
    // only from who holds the attempt. For each: 1 written, 0 superseded, -1 another conference is on record. Then the records.
    """
    CREATE FUNCTION SCHEMA.settle_v1(w bigint, e int, b bigint, lease_for interval, oldest timestamptz, ids text[],
      attempts int[], kind smallint[], conf text[], st int[], fi bytea[], re bytea[],
      rt bigint[], rte text[], rca text[], rid text[], rde text[], rec bytea[], h bytea[]) RETURNS smallint[]
    LANGUAGE plpgsql \(definer) AS $$
    DECLARE me writers; r smallint[]; t timestamptz := clock_timestamp();
    BEGIN
      PERFORM check_ascending(ids);
      me := lock_writer(w, e);
      IF me.batch >= b THEN RETURN me.answer; END IF;
      WITH u AS (SELECT * FROM unnest(ids, attempts, kind, conf, st, fi, re) WITH ORDINALITY u(id, a, k, c, s, f, p, o)),
      done AS (INSERT INTO outcomes SELECT id, t, w, a, c, s, f, p FROM u WHERE k = 1 ORDER BY o
        ON CONFLICT DO NOTHING RETURNING command_id),
      freed AS (DELETE FROM commands x USING u WHERE u.k = 2 AND x.command_id = u.id AND x.writer = w AND x.attempt = u.a
        AND NOT EXISTS (SELECT FROM outcomes o WHERE o.command_id = u.id) RETURNING x.command_id),
      lost AS (UPDATE commands x SET state = 3 FROM u WHERE u.k = 3 AND x.command_id = u.id AND x.writer = w
        AND x.attempt = u.a RETURNING x.command_id)
      SELECT array_agg(CASE
          WHEN d.command_id IS NOT NULL OR f.command_id IS NOT NULL OR l.command_id IS NOT NULL THEN 1
          WHEN u.k = 1 AND (SELECT o.conference_id FROM outcomes o WHERE o.command_id = u.id) IS DISTINCT FROM u.c THEN -1
          ELSE 0 END ORDER BY u.o) INTO r
        FROM u LEFT JOIN done d ON d.command_id = u.id LEFT JOIN freed f ON f.command_id = u.id
          LEFT JOIN lost l ON l.command_id = u.id;
      INSERT INTO audit SELECT w, me.seq + u.o, 'epoch'::timestamptz + u.ti * interval '1 us', u.te, u.ca, u.id, u.de, u.r, u.hh
        FROM unnest(rt, rte, rca, rid, rde, rec, h) WITH ORDINALITY u(ti, te, ca, id, de, r, hh, o);
      UPDATE writers SET batch = b, answer = r, lease = clock_timestamp() + lease_for, oldest_sending = oldest,
        seq = me.seq + coalesce(cardinality(rec), 0),
        hash = CASE WHEN cardinality(h) > 0 THEN h[cardinality(h)] ELSE me.hash END WHERE id = w;
      RETURN r;
    END $$
    """,
    // After a lost connection: what became of the last batch? A transaction of the old connection is waited for (it has the row
    // locked) or fenced off (the epoch). No row where the epoch is another one already.
    """
    CREATE FUNCTION SCHEMA.fence_v1(w bigint, e int) RETURNS TABLE (epoch int, granted bigint, grants smallint[], batch bigint,
      answer smallint[], seq bigint, hash bytea) LANGUAGE sql \(definer) AS $$
      UPDATE writers x SET epoch = x.epoch + 1 WHERE x.id = w AND x.epoch = e
        RETURNING x.epoch, x.granted, x.grants, x.batch, x.answer, x.seq, x.hash $$
    """,
    // The end of every chain, which one writer signs from time to time: a whole chain that was deleted shows.
    """
    CREATE FUNCTION SCHEMA.heads_v1() RETURNS TABLE (writer bigint, replica text, seq bigint, hash bytea, lives boolean)
    LANGUAGE sql STABLE \(definer) AS $$
      SELECT id, replica, seq, hash, lease > clock_timestamp() FROM writers ORDER BY id $$
    """,
    // Partitions for today and so many days after it, by the database's clock, in UTC.
    """
    CREATE FUNCTION SCHEMA.extend_audit_v1(days int) RETURNS int LANGUAGE plpgsql \(definer) AS $$
    DECLARE d date; made int := 0;
    BEGIN
      IF days NOT BETWEEN 0 AND 31 THEN RAISE EXCEPTION 'too many days' USING ERRCODE = 'CV003'; END IF;
      PERFORM pg_advisory_xact_lock(hashtext('SCHEMA.audit'));
      FOR i IN 0..days LOOP
        d := (clock_timestamp() AT TIME ZONE 'UTC')::date + i;
        CONTINUE WHEN to_regclass('SCHEMA.audit_' || to_char(d, 'YYYYMMDD')) IS NOT NULL;
        EXECUTE format('CREATE TABLE SCHEMA.%I PARTITION OF SCHEMA.audit FOR VALUES FROM (%L) TO (%L)',
          'audit_' || to_char(d, 'YYYYMMDD'), d || ' 00:00:00+00', d + 1 || ' 00:00:00+00');
        made := made + 1;
      END LOOP;
      RETURN made;
    END $$
    """,
  ]

  /// What the role that serves may call; the rest is for these functions' own use.
  static let served = [
    "meta_v1", "open_v1", "renew_v1", "charge_v1", "intent_v1", "look_v1", "take_v1", "settle_v1", "fence_v1",
    "heads_v1",
    "extend_audit_v1",
  ]
}
