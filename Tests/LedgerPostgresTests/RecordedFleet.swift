import Audit
import Crypto
import EventLoop
import FleetFixture
import LedgerPostgres
import TestKit
import Testing

/// A database with chains in it, as replicas would have written them, and a role that audits.
struct RecordedFleet {
  let database: MigratedDatabase
  var auditing: String { "\(database.name)_auditing" }

  static let key = SigningKey(seed: Secret([UInt8](repeating: 7, count: 32)))

  init(_ chains: [ChainFixture] = []) throws {
    database = try MigratedDatabase(on: try PostgresServer.shared.get(), isMigrated: false)
    try database.server.run("CREATE ROLE \(database.name)_auditing LOGIN")
    let owner = try database.server.connect(database.name, user: database.owner)
    try PostgresMigration.run(on: owner, serving: database.serving, auditing: auditing, by: patience)
    for chain in chains { try write(chain) }
  }

  var settings: PostgresSettings { database.server.settings(database.name, user: auditing) }

  func reader() throws -> PostgresReader { try PostgresReader(settings) }

  func verify(
    signed: Bool = true, _ change: (inout AuditVerifier.Terms) -> Void = { _ in }
  ) throws -> FleetVerifier.Summary {
    var terms = AuditVerifier.Terms()
    if signed { (terms.keys, terms.wantsSignatures) = ([try #require(Self.key).publicKey], true) }
    change(&terms)
    return try reader().verify(terms)
  }

  /// What is wrong; nil = nothing.
  func finding(
    signed: Bool = true, _ change: (inout AuditVerifier.Terms) -> Void = { _ in }
  ) throws -> AuditFinding? {
    do {
      _ = try verify(signed: signed, change)
      return nil
    } catch let error as AuditFinding {
      return error
    }
  }

  /// Puts what a chain has beyond these many records into the database, in one transaction of `connection`'s or its own.
  func write(_ chain: ChainFixture, from first: Int = 0, on connection: PostgresConnection? = nil) throws {
    let connection = try connection ?? database.server.connect(database.name)
    let rows = chain.rows.dropFirst(first)
    var parameters = PostgresParameters()
    parameters.append(chain.writer)
    parameters.append(chain.replica)
    parameters.append(chain.end.place.seq)
    parameters.append(chain.end.place.hash)
    parameters.append(array: rows.map { $0.record.seq as Int64? })
    parameters.append(array: rows.map { $0.time.microseconds as Int64? })
    parameters.append(array: rows.map(\.team))
    parameters.append(array: rows.map(\.caller))
    parameters.append(array: rows.map(\.commandID))
    parameters.append(array: rows.map { $0.decision as String? })
    parameters.append(array: rows.map { $0.record.record as [UInt8]? })
    parameters.append(array: rows.map { $0.record.hash as [UInt8]? })
    _ = try connection.run(
      """
      WITH w AS (INSERT INTO convene.writers (id, replica, process, begun, lease, seq, hash)
          OVERRIDING SYSTEM VALUE VALUES ($1, $2, '', now(), now(), $3, $4)
          ON CONFLICT (id) DO UPDATE SET seq = $3, hash = $4),
        n AS (INSERT INTO convene.notes VALUES ($1, 'delivered', '9223372036854775807') ON CONFLICT DO NOTHING)
      INSERT INTO convene.audit
        SELECT $1, u.s, 'epoch'::timestamptz + u.t * interval '1 us', u.te, u.ca, u.id, u.de, u.r, u.h
        FROM unnest($5, $6, $7, $8, $9, $10, $11, $12) u(s, t, te, ca, id, de, r, h)
      """, parameters, by: patience)
  }
}

/// Microseconds of now, and of so many days ago.
func now(daysAgo days: Int64 = 0) -> Int64 { WallTime.now.microseconds - days * 86_400_000_000 }
