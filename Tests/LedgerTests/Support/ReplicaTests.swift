import Audit
import EventLoop
import Gateway
import Glibc
import JSON
import Ledger
import LedgerPostgres
import TestKit
import Testing

/// Several replicas of a gateway, each with its own ledger's thread, over one database.
protocol ReplicaTests {
  var scene: PostgresScene { get }
}

extension ReplicaTests {
  func open(
    _ replica: String, in scene: PostgresScene? = nil, lease: Duration? = nil, sinks: [AuditSettings.Sink] = [],
    onFatal: @escaping @Sendable (LedgerError) -> Void = { _ in },
    options change: (inout LedgerOptions) -> Void = { _ in }
  ) throws(LedgerError) -> StoredLedger {
    var options = LedgerOptions()
    options.organization = "example"
    change(&options)
    var audit = AuditSettings()
    audit.sinks = sinks
    return try StoredLedger(
      in: (scene ?? self.scene).storage(replica: replica, usesServerClock: true, lease: lease),
      settings: LedgerSettings(),
      sinks: audit, options: options, logger: quiet, onFatal: onFatal)
  }

  /// By their names: replicas tell the time by the database's clock, but not to the millisecond.
  func decisions() throws -> [String] {
    try scene.texts("SELECT decision FROM SCHEMA.audit WHERE decision NOT IN ('chain', 'heads') ORDER BY decision")
  }

  /// Every chain as its records have it, compared with what its writer says that it is.
  func checkChains() throws {
    for writer in try scene.texts("SELECT id::text FROM SCHEMA.writers") {
      var chain = AuditChain.start
      for record in try scene.rows("SELECT record FROM SCHEMA.audit WHERE writer = \(writer) ORDER BY seq") {
        chain.append(record)
        #expect(try JSONValue.parse(record)["seq"]?.integer == chain.seq)
      }
      #expect(try scene.rows("SELECT hash FROM SCHEMA.writers WHERE id = \(writer)") == [chain.hash])
    }
  }

  /// Waits for a condition. The limit only keeps a broken test from hanging.
  func eventually(_ condition: () throws -> Bool) throws {
    let end = MonotonicTime.now + .seconds(30)
    while try !condition() {
      try #require(.now < end, "it never came")
      usleep(20_000)
    }
  }
}
