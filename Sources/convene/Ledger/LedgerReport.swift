internal import Configuration
internal import EventLoop
internal import Gateway
internal import JSON
internal import Ledger
internal import LedgerPostgres
internal import LedgerSQLite

/// What `convene ledger status` shows of a database.
struct DatabaseReport {
  let status: PostgresStatus
  let schema: String

  init(_ status: PostgresStatus, schema: String) { (self.status, self.schema) = (status, schema) }

  /// For people.
  var text: [UInt8] {
    var facts = [
      ["server", "PostgreSQL \(status.server)"], ["schema", "\(schema), version \(status.schemaVersion)"],
    ]
    facts.append(["keeps", "records for \(status.keepsAudit.text) at least"])
    facts += status.warnings.map { ["warning", $0] }
    facts += [
      ["in flight", Backlogs.text(status.sending.count, status.sending.age)],
      ["unknown", Backlogs.text(status.unknown.count, status.unknown.age)],
    ]
    if let standbys = status.standbys {
      facts += standbys.map { ["standby", text(of: $0)] }
      if standbys.isEmpty { facts.append(["standby", "none"]) }
    } else {
      facts.append(["standby", "not visible to this role (GRANT pg_monitor)"])
    }
    var rows = [["REPLICA", "WRITER", "ALIVE", "LEASE", "RECORDS", "IN FLIGHT", "UNKNOWN"]]
    rows += status.replicas.map { replica in
      [
        replica.name.visible, "\(replica.writer)", replica.lives ? "yes" : "no", lease(of: replica),
        "\(replica.records)",
        "\(replica.sending.count)", "\(replica.unknown.count)",
      ]
    }
    let lines = TextTable(facts).lines(indent: 0) + [""] + TextTable(rows).lines(indent: 0)
    return Array((lines.joined(separator: "\n") + "\n").utf8)
  }

  private func lease(of replica: PostgresStatus.Replica) -> String {
    replica.lives ? "for \(Backlogs.age(replica.lease))" : "over since \(Backlogs.age(.zero - replica.lease))"
  }

  private func text(of standby: PostgresStatus.Standby) -> String {
    let lag = standby.lag.map { ", \($0) bytes behind" } ?? ""
    return "\(standby.name.visible), \(standby.synchrony)\(lag)"
  }

  /// `{"server", "schema", "version", "keep_audit_ms", "warnings", "in_flight", "unknown", "standbys", "replicas"}` on a line; `standbys` is null where
  /// this role may not see them. Times in milliseconds.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("server", status.server)
    writer.member("schema", schema)
    writer.member("version", Int(status.schemaVersion))
    writer.key("keep_audit_ms")
    writer.value(status.keepsAudit.milliseconds)
    writer.key("warnings")
    writer.beginArray()
    for warning in status.warnings { writer.value(warning) }
    writer.endArray()
    writer.backlog("in_flight", status.sending.count, status.sending.age)
    writer.backlog("unknown", status.unknown.count, status.unknown.age)
    writer.key("standbys")
    if let standbys = status.standbys {
      writer.beginArray()
      for standby in standbys {
        writer.beginObject()
        writer.member("name", standby.name)
        writer.member("sync", standby.synchrony)
        writer.key("lag_bytes")
        if let lag = standby.lag { writer.value(lag) } else { writer.null() }
        writer.endObject()
      }
      writer.endArray()
    } else {
      writer.null()
    }
    writer.key("replicas")
    writer.beginArray()
    for replica in status.replicas { writer.replica(replica) }
    writer.endArray()
    writer.endObject()
    return writer.bytes + [UInt8(ascii: "\n")]
  }
}

/// What it shows of a ledger's file.
struct FileReport {
  let path: String
  /// The numbers of the oldest and the newest one.
  let records: ClosedRange<Int64>?
  let sending: LedgerReader.Backlog
  let unknown: LedgerReader.Backlog
  /// That another ledger has it now, or may have; nil = it is its own.
  var imported: ImportNote?
  private let now = WallTime.now

  init(
    path: String, records: ClosedRange<Int64>?, sending: LedgerReader.Backlog, unknown: LedgerReader.Backlog
  ) {
    (self.path, self.records, self.sending, self.unknown) = (path, records, sending, unknown)
  }

  private func age(_ backlog: LedgerReader.Backlog) -> Duration? {
    backlog.oldest.map { .microseconds(now.microseconds - $0.microseconds) }
  }

  /// For people.
  var text: [UInt8] {
    var facts = [
      ["ledger", path.visible], ["records", records.map { "\($0.lowerBound) to \($0.upperBound)" } ?? "none"],
      ["in flight", Backlogs.text(sending.count, age(sending))],
      ["unknown", Backlogs.text(unknown.count, age(unknown))],
    ]
    if let imported {
      facts.append(["imported", (imported.isDone ? "into " : "perhaps, into ") + imported.target.visible])
    }
    return Array((TextTable(facts).lines(indent: 0).joined(separator: "\n") + "\n").utf8)
  }

  /// `{"ledger", "records": {"first", "last"}, "in_flight", "unknown"}` on a line; `records` is null where there are none. With "imported"
  /// where it was, or that was begun.
  var json: [UInt8] {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("ledger", path)
    writer.key("records")
    if let records {
      writer.beginObject()
      writer.member("first", Int(records.lowerBound))
      writer.member("last", Int(records.upperBound))
      writer.endObject()
    } else {
      writer.null()
    }
    writer.backlog("in_flight", sending.count, age(sending))
    writer.backlog("unknown", unknown.count, age(unknown))
    if let imported {
      writer.key("imported")
      writer.beginObject()
      writer.member("target", imported.target)
      writer.key("done")
      writer.value(imported.isDone)
      writer.member("time", imported.time.rfc3339)
      writer.endObject()
    }
    writer.endObject()
    return writer.bytes + [UInt8(ascii: "\n")]
  }
}

/// How commands without an outcome are told of.
enum Backlogs {
  static func text(_ count: Int64, _ age: Duration?) -> String {
    guard let age, count > 0 else { return "\(count)" }
    return "\(count), the oldest for \(self.age(age))"
  }

  /// In whole seconds, or the largest units: `8s`, `3m 20s`, `5h 2m`, `2d 5h`. A clock that was set back makes it none.
  static func age(_ duration: Duration) -> String {
    let seconds = max(0, duration.components.seconds)
    let units: [(name: String, seconds: Int64)] = [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)]
    guard let first = units.firstIndex(where: { seconds >= $0.seconds }), first < units.count - 1 else {
      return "\(seconds)s"
    }
    let (unit, next) = (units[first], units[first + 1])
    return "\(seconds / unit.seconds)\(unit.name) \(seconds % unit.seconds / next.seconds)\(next.name)"
  }
}

extension JSONWriter {
  fileprivate mutating func backlog(_ key: StaticString, _ count: Int64, _ age: Duration?) {
    self.key(key)
    beginObject()
    member("count", Int(count))
    self.key("oldest_ms")
    if let age { value(age.milliseconds) } else { null() }
    endObject()
  }

  fileprivate mutating func replica(_ replica: PostgresStatus.Replica) {
    beginObject()
    member("name", replica.name)
    member("writer", Int(replica.writer))
    key("alive")
    value(replica.lives)
    key("lease_ms")
    value(replica.lease.milliseconds)
    member("begun", WallTime(microseconds: replica.begun).rfc3339)
    member("records", Int(replica.records))
    backlog("in_flight", replica.sending.count, replica.sending.age)
    backlog("unknown", replica.unknown.count, replica.unknown.age)
    endObject()
  }
}

extension Duration {
  fileprivate var milliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }
}
