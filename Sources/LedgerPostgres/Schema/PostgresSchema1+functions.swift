extension PostgresSchema1 {
  /// Run as the owner of the tables, whoever calls. Names are looked for in our schema and PostgreSQL's own, and in the caller's
  /// temporary one last (it would be the first where it isn't named): a caller can put nothing in a table's place.
  ///
  /// Plans are made once and are those for full tables: while the tables are empty others look cheaper. These settings are the
  /// functions' own, so that neither a pooler between nor a role's settings changes them.
  static let definer = """
    SECURITY DEFINER SET search_path = SCHEMA, pg_temp SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
    SET enable_hashjoin = off SET enable_mergejoin = off SET lock_timeout = '1s'
    """

  static let functions =
    [
      // Called by others only, which have the settings. Stable, as what it is made of is: else it isn't put into its callers' plans.
      """
      CREATE FUNCTION SCHEMA.microseconds(t timestamptz) RETURNS bigint LANGUAGE sql STABLE AS $$
        SELECT (extract(epoch FROM t) * 1000000)::bigint $$
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
      CREATE FUNCTION SCHEMA.meta_v1(OUT version int, OUT oldest_reader int, OUT audit_keep_us bigint)
      LANGUAGE sql STABLE \(definer) AS $$
        SELECT version, oldest_reader, (extract(epoch FROM audit_keep) * 1000000)::bigint FROM meta $$
      """,
      // A replica's process begins. An earlier one of the same name is waited for, where it is committing, and fenced off; its chain goes
      // on, and what it has left is the new one's.
      """
      CREATE FUNCTION SCHEMA.open_v1(name text, process bytea, organization text, lease_us bigint,
        OUT writer bigint, OUT epoch int, OUT batch bigint, OUT seq bigint, OUT hash bytea, OUT pseudonym_key bytea)
      LANGUAGE plpgsql \(definer) AS $$
      #variable_conflict use_column
      DECLARE t timestamptz := clock_timestamp(); found meta;
      BEGIN
        UPDATE meta SET organization = open_v1.organization WHERE meta.organization IS NULL;
        SELECT * INTO found FROM meta;
        IF found.organization <> open_v1.organization THEN
          RAISE EXCEPTION 'this ledger is the organization %''s', found.organization USING ERRCODE = 'CV002';
        END IF;
        pseudonym_key := found.pseudonym_key;
        IF EXISTS (SELECT FROM writers w JOIN imports i ON i.writer = w.id WHERE w.replica = open_v1.name) THEN
          RAISE EXCEPTION '% is the name of a ledger that was imported', open_v1.name USING ERRCODE = 'CV002';
        END IF;
        INSERT INTO writers AS x (replica, process, begun, lease)
          VALUES (open_v1.name, open_v1.process, t, t + lease_us * interval '1 us')
          ON CONFLICT (replica) DO UPDATE
            SET epoch = x.epoch + 1, process = open_v1.process, begun = t, lease = t + lease_us * interval '1 us',
              closed = false, retired = NULL
          RETURNING x.id, x.epoch, x.batch, x.seq, x.hash INTO writer, epoch, batch, seq, hash;
      END $$
      """,
      // What time it is by this database: microseconds since 1970, and which start of the server that is counted in. And so many numbers
      // of rows.
      """
      CREATE FUNCTION SCHEMA.clock_v1(n int, OUT at bigint, OUT era bigint, OUT rows bigint[]) LANGUAGE plpgsql \(definer) AS $$
      BEGIN
        at := microseconds(clock_timestamp());
        era := microseconds(pg_postmaster_start_time());
        FOR i IN 1..n LOOP rows[i] := nextval('command_rows'); END LOOP;
      END $$
      """,
      // How many replicas live.
      """
      CREATE FUNCTION SCHEMA.renew_v1(w bigint, e int, lease_us bigint, oldest bigint) RETURNS bigint
      LANGUAGE plpgsql \(definer) AS $$
      BEGIN
        PERFORM lock_writer(w, e);
        UPDATE writers SET lease = clock_timestamp() + lease_us * interval '1 us', oldest_row = oldest WHERE id = w;
        RETURN (SELECT count(*) FROM writers WHERE NOT closed AND lease > clock_timestamp());
      END $$
      """,
      // All that a batch is to know, in one question: the clock, as above; which of its ids are known; and whether its limits allow it.
      // `lk`: the limits' keys, in ascending order; `li`, `lt`: of each its interval and its tolerance in nanoseconds; `credit`: of each,
      // requests that were charged in vain and are given back; `ci`: of each of the first ids as many places in `lk` as `width` says, 0 for
      // none. `v`: of these ids, in their order: 1 admitted, 2 known, 3 limited; `tats`: how each limit stood before, at `charged`.
      //
      // A limit that was counted by other numbers: it is requests that were used, not time, so that as many are used by these, and what
      // is not a whole one in the same part. `GCRA.arrivalTime(_:of:now:)` is the same.
      //
      // A transaction of its own, committed asynchronously, so that nobody waits for a flush or a standby on a row that all share. WAL
      // is one sequence: a durable intent has a durable charge, and a crash can only charge too much.
      """
      CREATE FUNCTION SCHEMA.look_v1(n int, ids text[], lk text[], li bigint[], lt bigint[], ci int[], width int, credit bigint[],
        OUT at bigint, OUT era bigint, OUT rows bigint[], OUT known text[], OUT v smallint[], OUT tats bigint[], OUT charged bigint)
      LANGUAGE plpgsql \(definer) AS $$
      DECLARE k int; ok boolean; now_tats bigint[]; steps bigint[]; rooms bigint[]; keys int := coalesce(cardinality(lk), 0);
        setting text;
      BEGIN
        era := microseconds(pg_postmaster_start_time());
        FOR i IN 1..n LOOP rows[i] := nextval('command_rows'); END LOOP;
        IF keys > 0 THEN
          setting := set_config('synchronous_commit', 'off', true);
          FOR j IN 2..keys LOOP   -- two batches that lock the same rows in different orders wait for each other
            IF lk[j] COLLATE "C" <= lk[j - 1] COLLATE "C" THEN RAISE EXCEPTION 'not ascending' USING ERRCODE = 'CV003'; END IF;
          END LOOP;
          SELECT array_agg(x.tat ORDER BY x.key), array_agg(x.step ORDER BY x.key), array_agg(x.tolerance ORDER BY x.key)
            INTO tats, steps, rooms FROM (SELECT * FROM limits WHERE key = ANY(lk) ORDER BY key FOR UPDATE) x;
          IF coalesce(cardinality(tats), 0) < keys THEN   -- a limit's first use
            INSERT INTO limits SELECT u.k, 0, u.i, u.t FROM unnest(lk, li, lt) u(k, i, t) ON CONFLICT DO NOTHING;
            SELECT array_agg(x.tat ORDER BY x.key), array_agg(x.step ORDER BY x.key), array_agg(x.tolerance ORDER BY x.key)
              INTO tats, steps, rooms FROM (SELECT * FROM limits WHERE key = ANY(lk) ORDER BY key FOR UPDATE) x;
          END IF;
        END IF;
        SELECT array_agg(command_id) INTO known FROM commands WHERE command_id = ANY(ids);
        at := microseconds(clock_timestamp());   -- after the wait for the rows, which now() is not
        IF keys = 0 THEN RETURN; END IF;
        charged := at * 1000;
        FOR j IN 1..keys LOOP
          IF steps[j] <> li[j] AND steps[j] > 0 AND tats[j] > charged THEN
            tats[j] := charged + least(div(least(tats[j] - charged, rooms[j])::numeric * li[j] + steps[j] - 1, steps[j]), lt[j])::bigint;
          END IF;
          tats[j] := least(greatest(tats[j] - credit[j] * li[j], charged), charged + lt[j]);
        END LOOP;
        now_tats := tats;
        FOR i IN 1..cardinality(ci) / width LOOP
          ok := true;
          IF ids[i] = ANY(known) THEN v[i] := 2; CONTINUE; END IF;
          FOR j IN 1..width LOOP
            k := ci[(i - 1) * width + j];
            IF k > 0 AND now_tats[k] + li[k] - charged > lt[k] THEN ok := false; EXIT; END IF;
          END LOOP;
          IF ok THEN
            FOR j IN 1..width LOOP
              k := ci[(i - 1) * width + j];
              IF k > 0 THEN now_tats[k] := now_tats[k] + li[k]; END IF;
            END LOOP;
          END IF;
          v[i] := CASE WHEN ok THEN 1 ELSE 3 END;
        END LOOP;
        UPDATE limits l SET tat = u.t, step = u.i, tolerance = u.r FROM unnest(lk, now_tats, li, lt) u(k, t, i, r)
          WHERE l.key = u.k AND (l.tat, l.step, l.tolerance) <> (u.t, u.i, u.r);
      END $$
      """,
      // All that one batch writes, in one transaction; NULL where there is nothing of a kind. In this order:
      //   p: rows of old commands that are done, to be deleted
      //   d: rows and attempts of commands that were not executed, to be deleted
      //   i: intents; cl: their claims, and since when another one's claim holds (cs)
      //   m: rows that are taken or marked: from which writer and attempt, and the state they have then
      //   t: rows and tokens
      //   s: outcomes; su: the rows among them whose command was unknown
      //   r: records, of which the first has the number `first_seq`
      //   n: notes; a NULL value is none
      // Strictly, one that another replica was sooner with undoes all; else only that one has no effect.
      """
      CREATE FUNCTION SCHEMA.write_v1(w bigint, e int, b bigint, strict boolean, lease_us bigint, oldest bigint, first_seq bigint,
        pr bigint[], dr bigint[], da int[],
        ir bigint[], ii text[], it text[], ic text[], fp bytea[], ik boolean[], iw bigint[], ie bigint[], ia bigint[],
        nm text[], ig text[], bo bytea[], ih bytea[], cl bytea[], cs bigint[],
        mr bigint[], mw bigint[], ma int[], ms smallint[],
        tr bigint[], tt bytea[],
        sr bigint[], st bigint[], sc text[], ss int[], sf bytea[], sp bytea[], su bigint[],
        rt bigint[], rte text[], rca text[], rid text[], rde text[], rec bytea[], h bytea[],
        nk text[], nv bytea[]) RETURNS void
      LANGUAGE plpgsql \(definer) AS $$
      DECLARE me writers; n int; lost text; records int := coalesce(cardinality(rec), 0); newest bigint;
      BEGIN
        FOR j IN 1..coalesce(cardinality(ir), 0) LOOP newest := greatest(newest, ir[j]); END LOOP;
        -- One statement where all is as it should be; what else it is, is found out behind it.
        UPDATE writers SET batch = b, lease = clock_timestamp() + lease_us * interval '1 us', oldest_row = oldest,
          newest_row = greatest(newest_row, newest), seq = seq + records,
          hash = CASE WHEN records > 0 THEN h[records] ELSE hash END
          WHERE id = w AND epoch = e AND batch < b AND (records = 0 OR seq + 1 = first_seq);
        IF NOT FOUND THEN
          me := lock_writer(w, e);
          IF me.batch >= b THEN RETURN; END IF;
          RAISE EXCEPTION 'the chain of writer % ends with %, not before %', w, me.seq, first_seq USING ERRCODE = 'CV005';
        END IF;
        IF pr IS NOT NULL THEN
          DELETE FROM commands x WHERE x.row = ANY(pr);
          DELETE FROM outcomes x WHERE x.row = ANY(pr);
        END IF;
        IF dr IS NOT NULL THEN
          DELETE FROM commands x USING unnest(dr, da) u(r, a) WHERE x.row = u.r AND x.writer = w AND x.attempt = u.a
            AND NOT EXISTS (SELECT FROM outcomes o WHERE o.row = u.r);
          GET DIAGNOSTICS n = ROW_COUNT;
          IF n < cardinality(dr) THEN lost := 'a deletion'; END IF;
        END IF;
        IF cl IS NOT NULL THEN
          UPDATE commands x SET claim = NULL FROM unnest(cl, cs) u(c, s) WHERE x.claim = u.c AND x.first_wall < u.s;
        END IF;
        IF ir IS NOT NULL THEN
          -- In one order in all replicas, or two of them wait for each other.
          INSERT INTO commands (row, command_id, team, caller, fingerprint, keyless, state, writer, first_wall, era, since_era,
            name, region, body, token, claim)
          SELECT u.r, u.i, u.t, u.c, u.f, u.k, 1, w, u.fw, u.fe, u.fa, u.n, u.g, u.b, u.h, u.cl
            FROM unnest(ir, ii, it, ic, fp, ik, iw, ie, ia, nm, ig, bo, ih, cl) u(r, i, t, c, f, k, fw, fe, fa, n, g, b, h, cl)
            ORDER BY u.cl, u.i COLLATE "C"
          ON CONFLICT DO NOTHING;
          GET DIAGNOSTICS n = ROW_COUNT;
          IF n < cardinality(ir) THEN lost := 'an intent'; END IF;
        END IF;
        IF mr IS NOT NULL THEN
          -- A lease that is being renewed right now is waited for, and is seen then.
          PERFORM FROM writers y WHERE y.id = ANY(mw) AND y.id <> w ORDER BY y.id FOR SHARE;
          UPDATE commands x SET writer = w, attempt = u.a + 1, state = u.s FROM unnest(mr, mw, ma, ms) u(r, f, a, s)
            WHERE x.row = u.r AND x.writer = u.f AND x.attempt = u.a
              AND NOT EXISTS (SELECT FROM outcomes o WHERE o.row = u.r)
              AND (u.f = w OR x.state = 3
                OR NOT EXISTS (SELECT FROM writers y WHERE y.id = u.f AND y.lease > clock_timestamp()));
          GET DIAGNOSTICS n = ROW_COUNT;
          IF n < cardinality(mr) THEN lost := 'a mark'; END IF;
        END IF;
        IF tr IS NOT NULL THEN
          UPDATE commands x SET token = u.t FROM unnest(tr, tt) u(r, t) WHERE x.row = u.r;
        END IF;
        IF sr IS NOT NULL THEN
          INSERT INTO outcomes (row, settled, writer, conference_id, status, fields, reply)
          SELECT u.r, u.t, w, u.c, u.s, u.f, u.p FROM unnest(sr, st, sc, ss, sf, sp) u(r, t, c, s, f, p)
            WHERE EXISTS (SELECT FROM commands c WHERE c.row = u.r) ORDER BY u.r
          ON CONFLICT DO NOTHING;
          GET DIAGNOSTICS n = ROW_COUNT;
          IF n < cardinality(sr) THEN lost := 'an outcome'; END IF;
          INSERT INTO conferences SELECT u.c, c.team, c.token, u.t FROM unnest(sr, st, sc) u(r, t, c) JOIN commands c ON c.row = u.r
            WHERE u.c IS NOT NULL ORDER BY u.c COLLATE "C"
          ON CONFLICT DO NOTHING;
          IF su IS NOT NULL THEN UPDATE commands x SET state = 1 WHERE x.row = ANY(su) AND x.state = 3; END IF;
        END IF;
        IF lost IS NOT NULL AND strict THEN RAISE EXCEPTION '% came too late', lost USING ERRCODE = 'CV004'; END IF;
        IF rec IS NOT NULL THEN
          INSERT INTO audit SELECT w, first_seq + u.o - 1, 'epoch'::timestamptz + u.ti * interval '1 us', u.te, u.ca, u.id, u.de, u.r, u.hh
            FROM unnest(rt, rte, rca, rid, rde, rec, h) WITH ORDINALITY u(ti, te, ca, id, de, r, hh, o);
        END IF;
        IF nk IS NOT NULL THEN
          DELETE FROM notes x USING unnest(nk, nv) u(k, v) WHERE x.writer = w AND x.key = u.k AND u.v IS NULL;
          INSERT INTO notes SELECT w, u.k, u.v FROM unnest(nk, nv) u(k, v) WHERE u.v IS NOT NULL
            ON CONFLICT (writer, key) DO UPDATE SET value = EXCLUDED.value;
        END IF;
      END $$
      """,
      // After a lost connection: what became of the last batch? A transaction of the old connection is waited for (it has the row
      // locked) or fenced off (the epoch). No row where another process has the replica's name by now.
      """
      CREATE FUNCTION SCHEMA.fence_v1(w bigint, p bytea) RETURNS TABLE (epoch int, batch bigint) LANGUAGE sql \(definer) AS $$
        UPDATE writers x SET epoch = x.epoch + 1 WHERE x.id = w AND x.process = p RETURNING x.epoch, x.batch $$
      """,
      // At the orderly end of one that sends nothing any more.
      """
      CREATE FUNCTION SCHEMA.close_v1(w bigint, e int) RETURNS void LANGUAGE plpgsql \(definer) AS $$
      BEGIN
        PERFORM lock_writer(w, e);
        UPDATE writers SET lease = least(lease, clock_timestamp()) WHERE id = w;
      END $$
      """,
      // The end of every chain, which one writer signs from time to time: a whole chain that was deleted shows. Of one that is retired
      // nothing is left; one that lives is named whatever its row says.
      """
      CREATE FUNCTION SCHEMA.heads_v1() RETURNS TABLE (writer bigint, replica text, seq bigint, hash bytea, lives boolean)
      LANGUAGE sql STABLE \(definer) AS $$
        SELECT id, replica, seq, hash, lease > clock_timestamp() FROM writers
          WHERE retired IS NULL OR lease > clock_timestamp() - interval '7 days' ORDER BY id $$
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
    ] + searches + status

  /// What the role that serves may call; the rest is for these functions' own use.
  static let served =
    [
      "meta_v1", "open_v1", "clock_v1", "renew_v1", "look_v1", "write_v1", "fence_v1", "close_v1", "heads_v1",
      "extend_audit_v1",
    ] + servedSearches + servedStatus
}
