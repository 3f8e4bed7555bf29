internal import EventLoop
internal import Gateway
package import Ledger

extension PostgresImport {
  /// Adds commands. An id that this ledger has already is left out; whether it may be, `finishCommands` says.
  ///
  /// - Parameter batch: in the order of their first sends.
  package func add(_ batch: [ImportedCommand]) throws {
    guard !batch.isEmpty else { return }
    var numbers = PostgresParameters()
    numbers.append(Int32(batch.count))
    let fresh = try run(
      "SELECT array_agg(nextval('\(schema).command_rows')) FROM generate_series(1, $1)", numbers)
    let places = (fresh.integers(0, 0) ?? []).compactMap(\.self).sorted()
    guard places.count == batch.count else { throw PostgresError(.other, "the database gives no numbers for rows") }
    let placed = Array(zip(places, batch))
    let inserted = try insert(placed)
    let (new, old) = (placed.filter { inserted.contains($0.0) }, placed.filter { !inserted.contains($0.0) })
    try insertOutcomes(of: new)
    for (row, command) in new { note(row, command.command) }
    commands += new.count
    try compare(old.map(\.1))
  }

  private func note(_ row: Int64, _ command: StoredCommand) {
    rows = min(rows?.lowerBound ?? row, row)...max(rows?.upperBound ?? row, row)
    if command.state != .done { hasOrphans = true }
    if command.state == .sending { oldestSending = min(oldestSending ?? row, row) }
  }

  /// - Returns: the rows that are there now.
  private func insert(_ placed: [(Int64, ImportedCommand)]) throws(PostgresError) -> Set<Int64> {
    let commands = placed.map(\.1.command)
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(array: placed.map(\.0))
    parameters.append(array: commands.map(\.commandID))
    parameters.append(array: commands.map(\.team))
    parameters.append(array: commands.map(\.caller))
    parameters.append(array: commands.map(\.fingerprint))
    parameters.append(array: commands.map(\.isKeyless))
    parameters.append(array: commands.map { $0.state == .unknown ? 3 : 1 as Int16? })
    parameters.append(array: commands.map(\.firstSent.wall.microseconds))
    parameters.append(array: placed.map(\.1.name))
    parameters.append(array: placed.map(\.1.region))
    parameters.append(array: placed.map(\.1.sent.body))
    // The digest of a token is made with the ledger's key.
    parameters.append(array: placed.map { hasSameKey ? $0.1.sent.token?.bytes : nil })
    // Of the machine's clock nothing is known here: era 0 is no start of the server's.
    let result = try run(
      """
      INSERT INTO \(schema).commands (row, command_id, team, caller, fingerprint, keyless, state, writer, first_wall, era, \
      since_era, name, region, body, token)
      SELECT u.r, u.i, u.t, u.c, u.f, u.k, u.s, $1, u.w, 0, 0, u.n, u.g, u.b, u.h
        FROM unnest($2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) u(r, i, t, c, f, k, s, w, n, g, b, h)
        ORDER BY u.i COLLATE "C"
      ON CONFLICT (command_id) DO NOTHING RETURNING row
      """, parameters)
    return Set((0..<result.rows).compactMap { result.integer($0, 0) })
  }

  private func insertOutcomes(of placed: [(Int64, ImportedCommand)]) throws(PostgresError) {
    let done = placed.compactMap { row, command in command.outcome.map { (row, $0) } }
    guard !done.isEmpty else { return }
    var parameters = PostgresParameters()
    parameters.append(writer)
    parameters.append(array: done.map(\.0))
    parameters.append(array: done.map(\.1.settled.microseconds))
    parameters.append(array: done.map(\.1.conferenceID))
    parameters.append(array: done.map { Int32(clamping: $0.1.status) })
    parameters.append(array: done.map(\.1.fields))
    parameters.append(array: done.map(\.1.body))
    try run(
      """
      INSERT INTO \(schema).outcomes (row, settled, writer, conference_id, status, fields, reply)
      SELECT u.r, u.t, $1, u.c, u.s, u.f, u.p FROM unnest($2, $3, $4, $5, $6, $7) u(r, t, c, s, f, p)
      """, parameters)
    try insertOwners(ofRows: done.map(\.0))
  }

  private func insertOwners(ofRows rows: [Int64]) throws(PostgresError) {
    var parameters = PostgresParameters()
    parameters.append(array: rows)
    try run(
      """
      INSERT INTO \(schema).conferences SELECT o.conference_id, c.team, c.token, o.settled
        FROM \(schema).outcomes o JOIN \(schema).commands c ON c.row = o.row
        WHERE o.row = ANY($1) AND o.conference_id IS NOT NULL
      ON CONFLICT DO NOTHING
      """, parameters)
  }

  /// Two sidecars may have been asked for one command, and told the same of it.
  private func compare(_ commands: [ImportedCommand]) throws(PostgresError) {
    guard !commands.isEmpty else { return }
    var parameters = PostgresParameters()
    parameters.append(array: commands.map(\.command.commandID))
    let found = try run(
      """
      SELECT u.i, c.team, c.fingerprint, o.conference_id, o.row IS NOT NULL
        FROM unnest($1) WITH ORDINALITY u(i, n) LEFT JOIN \(schema).commands c ON c.command_id = u.i
        LEFT JOIN \(schema).outcomes o ON o.row = c.row ORDER BY u.n
      """, parameters)
    for (row, command) in commands.enumerated() {
      let own = command.command
      let isSame =
        found.text(row, 1)?.utf8.elementsEqual(own.team.utf8) ?? false
        && found.bytes(row, 2) == own.fingerprint && found.boolean(row, 4) == true && command.outcome != nil
        && found.text(row, 3) == command.outcome?.conferenceID
      known += 1
      guard !isSame, !terms.keepsKnown else { continue }
      conflicts += 1
      if conflicting.count < 5 { conflicting.append(own.commandID) }
    }
  }

  /// After the last command.
  ///
  /// - Throws: where ids are known that are something else here.
  package func finishCommands() throws {
    guard conflicts == 0 else {
      let list = conflicting.joined(separator: ", ")
      throw PostgresImportError(
        """
        \(conflicts) of its commands have ids that the database's ledger knows with another outcome: \(list)\
        \(conflicts > conflicting.count ? ", ..." : ""). One id can have one answer: --keep-known leaves these out, and the database's \
        stay
        """)
    }
  }

  /// Adds what was used of the limits: by several ledgers together it is the sum.
  ///
  /// - Parameter limits: keys and moments, in nanoseconds since 1970.
  package func add(_ limits: [(key: String, nanoseconds: Int64)]) throws(PostgresError) {
    guard !limits.isEmpty else { return }
    let sorted = limits.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    var parameters = PostgresParameters()
    parameters.append(array: sorted.map(\.key))
    parameters.append(array: sorted.map(\.nanoseconds))
    // A moment that is past says nothing. One that no clock was right about is bound by the limit at its first use; here by what a
    // row holds.
    try run(
      """
      INSERT INTO \(schema).limits AS l (key, tat)
        SELECT u.k, least(u.t, 8000000000000000000) FROM unnest($1, $2) u(k, t)
        WHERE u.t > \(schema).microseconds(clock_timestamp()) * 1000 ORDER BY u.k COLLATE "C"
      ON CONFLICT (key) DO UPDATE SET tat = least(8000000000000000000::numeric,
        greatest(l.tat, \(schema).microseconds(clock_timestamp()) * 1000)::numeric
        + greatest(EXCLUDED.tat - \(schema).microseconds(clock_timestamp()) * 1000, 0))::bigint
      """, parameters)
  }
}
