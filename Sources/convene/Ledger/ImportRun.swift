internal import Audit
internal import Crypto
internal import EventLoop
internal import Gateway
internal import Ledger
internal import LedgerPostgres
internal import LedgerSQLite
internal import Logging

/// One run of `convene ledger import`: what is done in which order, so that it can be interrupted between any two steps.
///
/// The file is this process's alone from the first step to the last. It is marked as begun right before the database commits, and as
/// done after that: as long as it isn't known to be only the file's or only the database's, no gateway opens it, and the next run
/// finds out.
struct ImportRun {
  let path: String
  let schema: PostgresSchema
  /// As messages call it.
  let target: String
  var name: String?
  /// That the configuration names.
  var organization: String?
  var key: SigningKey?
  var allowsOtherKey = false
  var keepsKnown = false
  var takesRecord = true

  init(path: String, schema: PostgresSchema, target: String) {
    (self.path, self.schema, self.target) = (path, schema, target)
  }

  private struct Counts {
    var unknown = 0
    var records: Int64 = 0
  }

  func run(on connection: PostgresConnection) throws {
    try ImportSource.use(path, logger: Logger(label: "convene") { _ in SwiftLogNoOpLogHandler() }) { source in
      let note = try source.note()
      if let note, note.target != target { throw LedgerError.imported(note, path: path) }
      let terms = try terms(source)
      if let writer = try PostgresImport.find(terms, on: connection, schema: schema) {
        if note?.isDone != true { try source.set(ImportNote(isDone: true, target: target, time: .now)) }
        return StandardStream.output.writeLine("\(path): imported already, as writer \(writer); nothing was changed")
      }
      if let note, note.isDone {
        throw StartError("\(LedgerError.imported(note, path: path)); but that one doesn't have it")
      }
      try take(source, terms, connection)
    }
  }

  private func terms(_ source: ImportSource) throws -> PostgresImport.Terms {
    guard let pseudonymKey = try source.pseudonymKey() else {
      throw StartError("\(path): no gateway has used this ledger yet: there is nothing to import")
    }
    let recorded = try source.organization()
    if let organization, let recorded, !organization.utf8.elementsEqual(recorded.utf8) {
      throw StartError(
        "\(path): the ledger is the organization \(recorded)'s, and the configuration's is \(organization)")
    }
    var terms = PostgresImport.Terms(
      pseudonymKey: pseudonymKey, organization: recorded ?? organization, end: try source.newestRecord())
    (terms.name, terms.allowsOtherKey, terms.keepsKnown) = (name, allowsOtherKey, keepsKnown)
    return terms
  }

  private func take(_ source: ImportSource, _ terms: PostgresImport.Terms, _ connection: PostgresConnection) throws {
    let anchor = takesRecord ? try anchor(source) : nil
    if takesRecord {
      try verify()
      try PostgresImport.makeDays(try source.days(), on: connection, schema: schema)
    }
    let importing = try PostgresImport.begin(on: connection, schema: schema, terms)
    var counts = Counts()
    do {
      try source.forEachCommands { commands in
        counts.unknown += commands.count { $0.outcome == nil }
        try importing.add(commands)
      }
      try importing.finishCommands()
      let end = takesRecord ? try takeRecord(source, importing) : .start
      counts.records = end.seq
      try importing.close(end, anchor: anchor?.place, signsAnchor: anchor?.isSigned ?? false, key: key)
      // Last, since other replicas charge them meanwhile.
      try importing.add(try source.limits())
      try source.set(ImportNote(isDone: false, target: target, time: .now))
    } catch {
      importing.rollBack()
      throw error
    }
    try commit(importing, source)
    tell(importing, counts, try source.sinkLags())
  }

  private func commit(_ importing: PostgresImport, _ source: ImportSource) throws {
    do throws(PostgresError) {
      try importing.commit()
    } catch {
      guard error.kind == .outcomeUnknown || error.kind == .unreachable else {
        // It is the file's, as before.
        try source.set(nil)
        throw error
      }
      throw StartError(
        "nobody knows whether it is done: \(error.text). \(path) is marked, so that no gateway opens it: run this again,"
          + " which finds out")
    }
    try source.set(ImportNote(isDone: true, target: target, time: .now))
  }

  // MARK: - The record

  /// What isn't whole would be found in the database for ever.
  private func verify() throws {
    do {
      _ = try LedgerReader(path: path).verify(AuditVerifier.Terms())
    } catch let finding as AuditFinding {
      throw StartError(
        "\(path): the record isn't whole: \(finding). --commands-only leaves it behind, and the file stays what there is of it"
      )
    }
  }

  /// What was dropped of the record before, and whether somebody vouched for it. In the database its note has to say whose chain it is, so
  /// it is signed anew.
  private func anchor(_ source: ImportSource) throws -> (place: AuditChain, isSigned: Bool)? {
    guard let anchor = try source.notes().anchor else { return nil }
    guard anchor.isSigned else {
      // As a start signs it with the first key that the ledger sees.
      return (anchor.place, key != nil ? try !source.hasCheckpoint() : false)
    }
    guard let key else {
      throw StartError(
        "\(path): the note of what was dropped of the record is signed: name the configuration that has the key with --config"
      )
    }
    if let objection = anchor.objection([key.publicKey]) {
      throw StartError("\(path): the note of what was dropped of the record: \(objection)")
    }
    return (anchor.place, true)
  }

  /// - Returns: where the chain ends.
  private func takeRecord(_ source: ImportSource, _ importing: PostgresImport) throws -> AuditChain {
    var end = try source.notes().anchor?.place ?? .start
    try source.forEachRecords { records in
      try importing.add(records)
      if let last = records.last { end = AuditChain(seq: last.seq, hash: last.hash) }
    }
    // What was being counted, and what the next start would have put on the record.
    var (times, counted) = (TimeText(), [ImportedRecord]())
    for flood in try source.countedFloods() {
      let text = flood.text(seq: end.seq + 1, &times)
      end.append(text)
      counted.append(
        ImportedRecord(
          seq: end.seq, record: text, hash: end.hash,
          columns: RecordColumns(
            time: flood.time, team: flood.entry.team, caller: flood.entry.caller, commandID: flood.entry.commandID,
            decision: flood.entry.decision.rawValue)))
    }
    try importing.add(counted)
    return end
  }

  // MARK: - What is said of it

  private func tell(_ importing: PostgresImport, _ counts: Counts, _ lags: [(sink: String, records: Int64)]) {
    let record = takesRecord ? "its record up to \(counts.records)" : "not its record"
    StandardStream.output.writeLine(
      """
      \(path): imported \(importing.commands) commands, of \(counts.unknown) of which no outcome is known yet, and \(record), as writer \
      \(importing.writer), \(importing.name). No gateway opens the file any more.
      """)
    func warn(_ text: String) { StandardStream.error.writeLine("warning: \(text)") }
    if importing.known > 0 {
      warn("\(importing.known) commands were left out, since the database has them already")
    }
    if !importing.hasSameKey, counts.unknown > 0 {
      warn("with which tokens the commands without an outcome were sent can't be told any more")
    }
    for lag in lags where takesRecord {
      warn(
        "the sink \(lag.sink) lacks the last \(lag.records) records: `convene audit export --ledger \(path)` has them")
    }
  }
}
