extension PostgresSchema1 {
  static let status = [
    // Each writer: whether its lease holds and for how long yet (less than 0: for how long it has been over), its records, what it is
    // sending and what it doesn't know the outcome of, with the age of the oldest of these. All times in microseconds. What a
    // writer is sending lies between two rows, so that no look goes through all commands.
    """
    CREATE FUNCTION SCHEMA.status_v1() RETURNS TABLE (writer bigint, replica text, lives boolean, lease_us bigint, begun bigint,
      records bigint, sending bigint, sending_age_us bigint, unknown bigint, unknown_age_us bigint)
    LANGUAGE sql STABLE \(definer) AS $$
      SELECT w.id, w.replica, w.lease > t.now, (extract(epoch FROM w.lease - t.now) * 1000000)::bigint,
        (extract(epoch FROM w.begun) * 1000000)::bigint, w.seq, s.n, t.us - s.oldest, u.n, t.us - u.oldest
      FROM (SELECT x.now, (extract(epoch FROM x.now) * 1000000)::bigint AS us FROM (SELECT clock_timestamp() AS now) x) t,
        writers w,
        LATERAL (SELECT count(*) AS n, min(c.first_wall) AS oldest FROM commands c
          WHERE c.row BETWEEN w.oldest_row AND w.newest_row AND c.writer = w.id AND c.state = 1
            AND NOT EXISTS (SELECT FROM outcomes o WHERE o.row = c.row)) s,
        LATERAL (SELECT count(*) AS n, min(c.first_wall) AS oldest FROM commands c
          WHERE c.state = 3 AND c.writer = w.id AND NOT EXISTS (SELECT FROM outcomes o WHERE o.row = c.row)) u
      ORDER BY w.replica COLLATE "C", w.id $$
    """
  ]

  static let servedStatus = ["status_v1"]
}
