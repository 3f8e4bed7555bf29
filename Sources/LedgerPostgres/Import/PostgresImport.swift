package import Audit
internal import Crypto
package import EventLoop
internal import Gateway
internal import Ledger

/// Takes a ledger in a file over, as the role that owns the schema: all of it in one transaction.
///
/// Its record becomes a chain of its own, byte for byte, under a writer that nobody writes as any more; its commands become that
/// writer's. So living replicas take over what it was sending, or did not know the outcome of, as they do with what a dead one leaves.
///
/// One import at a time: the lock is the transaction's. Whoever gets it knows that no earlier one is still on its way.
package final class PostgresImport {
  package struct Terms: Sendable {
    /// The chain's name among replicas'; nil = one made of the ledger.
    package var name: String?
    /// 32 bytes.
    package var pseudonymKey: [UInt8]
    /// nil = no record names one.
    package var organization: String?
    /// Where its record ends in the file.
    package var end: AuditChain
    /// Takes it over although its pseudonyms are made with another key than this ledger's.
    package var allowsOtherKey = false
    /// Leaves out commands that this ledger knows otherwise.
    package var keepsKnown = false

    package init(pseudonymKey: [UInt8], organization: String?, end: AuditChain) {
      (self.pseudonymKey, self.organization, self.end) = (pseudonymKey, organization, end)
    }

    /// What names the file's ledger for ever.
    var identity: [UInt8] { Digest.sha256(Array("convene-import\n".utf8), pseudonymKey) }
  }

  /// For one statement.
  static let patience: Duration = .seconds(120)

  let connection: PostgresConnection
  let schema: PostgresSchema
  let terms: Terms
  package let writer: Int64
  package let name: String
  /// Whether its pseudonyms are made with this ledger's key.
  package let hasSameKey: Bool
  /// When it was begun, by the database's clock.
  package let time: WallTime
  var rows: ClosedRange<Int64>?
  var oldestSending: Int64?
  /// Whether there is anything that somebody has to look after.
  var hasOrphans = false
  package internal(set) var commands = 0
  /// Commands that this ledger has already.
  package internal(set) var known = 0
  /// Of those that it has otherwise: how many, and the first.
  var (conflicts, conflicting): (Int, [String]) = (0, [])

  private init(
    _ connection: PostgresConnection, _ schema: PostgresSchema, _ terms: Terms, writer: Int64, name: String,
    hasSameKey: Bool, time: WallTime
  ) {
    (self.connection, self.schema, self.terms) = (connection, schema, terms)
    (self.writer, self.name, self.hasSameKey, self.time) = (writer, name, hasSameKey, time)
  }

  // MARK: - Its transaction

  /// Looks whether it was taken over before. Waits for one that is on its way, also where whoever began that has gone.
  ///
  /// - Returns: which writer it is then.
  /// - Throws: also where it was a copy of this file, and other things have been written to this one since.
  package static func find(
    _ terms: Terms, on connection: PostgresConnection, schema: PostgresSchema
  ) throws -> Int64? {
    _ = try PostgresCheck.run(on: connection, schema: schema, by: .now + patience)
    _ = try connection.run("BEGIN ISOLATION LEVEL READ COMMITTED", by: .now + patience)
    try lock(connection, schema)
    var identity = PostgresParameters()
    identity.append(terms.identity)
    let found = try connection.run(
      "SELECT writer, seq, hash FROM \(schema).imports WHERE ledger = $1", identity, by: .now + patience)
    _ = try connection.run("ROLLBACK", by: .now + patience)
    guard found.rows > 0, let writer = found.integer(0, 0) else { return nil }
    guard found.integer(0, 1) == terms.end.seq, found.bytes(0, 2) == terms.end.hash else {
      throw PostgresImportError(
        "a copy of this file was imported before, as writer \(writer), whose record ended otherwise: with"
          + " \(found.integer(0, 1) ?? 0), and this one's ends with \(terms.end.seq)")
    }
    return writer
  }

  private static func lock(_ connection: PostgresConnection, _ schema: PostgresSchema) throws(PostgresError) {
    var name = PostgresParameters()
    name.append("convene.import.\(schema)")
    _ = try connection.run(
      "SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name, by: .now + patience)
  }

  /// Begins the transaction. The file is held by this process, so it hasn't been taken over since `find` said so.
  ///
  /// - Throws: `PostgresImportError` where it may not be done. Then nothing has happened.
  package static func begin(
    on connection: PostgresConnection, schema: PostgresSchema, _ terms: Terms
  ) throws -> PostgresImport {
    func run(_ sql: String, _ parameters: PostgresParameters = PostgresParameters()) throws(PostgresError)
      -> PostgresResult
    {
      try connection.run(sql, parameters, by: .now + patience)
    }
    _ = try run("BEGIN ISOLATION LEVEL READ COMMITTED")
    do {
      try lock(connection, schema)
      let hasSameKey = try agree(run, schema, terms)
      var writing = PostgresParameters()
      let name = terms.name ?? "import-\(terms.identity.hex.prefix(8))"
      writing.append(name)
      let made = try run(
        """
        INSERT INTO \(schema).writers (replica, process, begun, lease, closed)
        VALUES ($1, '\\x', clock_timestamp(), clock_timestamp(), true) ON CONFLICT (replica) DO NOTHING
        RETURNING id, \(schema).microseconds(begun)
        """, writing)
      guard made.rows == 1, let writer = made.integer(0, 0), let time = made.integer(0, 1) else {
        throw PostgresImportError("a replica of the database has the name \(name): give another one with --name")
      }
      var identity = PostgresParameters()
      identity.append(terms.identity)
      identity.append(writer)
      identity.append(terms.pseudonymKey)
      identity.append(terms.end.seq)
      identity.append(terms.end.hash)
      _ = try run(
        "INSERT INTO \(schema).imports (ledger, writer, pseudonym_key, seq, hash) VALUES ($1, $2, $3, $4, $5)", identity
      )
      return PostgresImport(
        connection, schema, terms, writer: writer, name: name, hasSameKey: hasSameKey,
        time: WallTime(microseconds: time)
      )
    } catch {
      if connection.isUsable { _ = try? run("ROLLBACK") }
      throw error
    }
  }

  /// A shared ledger that nobody has used takes the file's organization and key; another one's must agree.
  ///
  /// - Returns: whether the key is the same.
  private static func agree(
    _ run: (String, PostgresParameters) throws(PostgresError) -> PostgresResult, _ schema: PostgresSchema,
    _ terms: Terms
  ) throws -> Bool {
    // Whoever opens it first waits for this row.
    let meta = try run(
      "SELECT organization, pseudonym_key, (SELECT count(*) FROM \(schema).writers) = 0 FROM \(schema).meta FOR UPDATE",
      PostgresParameters())
    let (organization, key) = (meta.text(0, 0), meta.bytes(0, 1))
    if let known = organization, let own = terms.organization, !known.utf8.elementsEqual(own.utf8) {
      throw PostgresImportError("the database's ledger is the organization \(known)'s, and this one is \(own)'s")
    }
    if meta.boolean(0, 2) == true {
      var parameters = PostgresParameters()
      parameters.append(terms.pseudonymKey)
      parameters.append(terms.organization)
      _ = try run(
        "UPDATE \(schema).meta SET pseudonym_key = $1, organization = coalesce(organization, $2)", parameters)
      return true
    }
    guard key != terms.pseudonymKey else { return true }
    guard terms.allowsOtherKey else {
      throw PostgresImportError(
        """
        the database's ledger makes its pseudonyms with another key than this one, since it was used before: a call's pseudonyms in \
        both records differ, and with which token a command was sent can't be told. --allow-other-key takes it over all the same: \
        `convene audit` finds a call by either, and a command of unknown outcome that can't be found at Telnyx stays unknown
        """)
    }
    return false
  }

  /// The transaction is over: nothing has happened.
  package func rollBack() {
    if connection.isUsable { _ = try? connection.run("ROLLBACK", by: .now + Self.patience) }
  }

  /// - Throws: kind `outcomeUnknown` where nobody knows whether it is done.
  package func commit() throws(PostgresError) {
    let done = try connection.run("COMMIT", by: .now + Self.patience)
    // A COMMIT of a transaction that has failed is answered without an error.
    guard done.command == "COMMIT" else { throw PostgresError(.other, "the transaction was rolled back") }
  }

  @discardableResult
  func run(_ sql: String, _ parameters: PostgresParameters = PostgresParameters()) throws(PostgresError)
    -> PostgresResult
  {
    try connection.run(sql, parameters, by: .now + Self.patience)
  }
}

/// Why a ledger isn't taken over.
package struct PostgresImportError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}
