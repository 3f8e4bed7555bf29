internal import Audit
internal import CLinux
internal import Files
package import Gateway
internal import Glibc
package import Ledger
package import Logging

/// A ledger in one SQLite file, or in memory, for none.
package struct SQLiteStorage: LedgerStorage {
  package let files: [String]
  private let path: String?
  private let options: LedgerOptions
  private let logger: Logger
  private let memory: MemoryUse

  /// - Parameter path: nil = in memory.
  package init(path: String?, options: LedgerOptions, logger: Logger) {
    self.path = path
    self.options = options
    self.logger = logger
    files = path.map(Self.files) ?? []
    memory = MemoryUse(largest: options.memoryPages ?? MemoryUse.largest)
  }

  package var name: String { path ?? ":memory:" }
  package var isDurable: Bool { path != nil }

  /// Of the disk those that are allocated, too.
  package var bytes: Int? {
    guard isDurable else { return Int(memory.pages) * 4096 }
    return files.reduce(0) { size, file in
      var status = stat()
      return size + (stat(file, &status) == 0 ? Int(status.st_blocks) * 512 : 0)
    }
  }

  package func withStore<Checked>(
    checking check: () throws(LedgerError) -> Checked,
    _ work: (any LedgerStore, Checked) throws(LedgerError) -> Void
  ) throws(LedgerError) {
    try LedgerDatabase(path: path, options, logger: logger).use(checking: check) {
      (connection, reservation, checked) throws(LedgerError) in
      let store = try SQLiteStore(connection, reservation, memory)
      if let note = try store.meta(.imported) { throw .imported(ImportNote(text: note), path: name) }
      try work(store, checked)
    }
  }

  /// All files that are or may be a ledger's; none where its directory is missing.
  package static func files(of ledger: String) -> [String] { (try? LedgerFile.all(of: ledger)) ?? [] }

  /// Looks whether a ledger could be opened here, without making or locking anything.
  ///
  /// - Returns: what is unwise about where it lies; nil where all is well.
  /// - Throws: what would keep it from being opened, but for another process that has it open now.
  package static func check(_ settings: LedgerSettings) throws(LedgerError) -> String? {
    guard let path = settings.path else { return nil }
    let place = try LedgerFile.place(of: path)
    let advice = try LedgerDirectory(of: place.path).check()
    try LedgerFile.check(place, as: path)
    return advice
  }

  /// Why a sink's file may not be written, which would keep the ledger from being opened; nil where all is well, as far as it
  /// can be told without changing anything.
  ///
  /// - Parameters:
  ///   - others: files that are needed otherwise, as in `LedgerOptions`.
  ///   - evidence: what another ledger than a file's knows of the sink of this name; nil = that can't be looked up.
  package static func refusal(
    of sink: AuditSettings.Sink, ledger: LedgerSettings, others: [String] = [],
    evidence: (_ sink: String) -> SinkFileEvidence? = { _ in nil }
  ) -> String? {
    var audit = AuditSettings()
    audit.sinks = [sink]
    do throws(LedgerError) {
      let others = others + (ledger.path.map(files) ?? [])
      for case let file? in try SinkFile.all(audit, isDurable: ledger.place != .memory, others: others) {
        let name = "file:\(file.path)"
        var known: SinkFileEvidence?
        if case .postgres = ledger.place {
          known = file.isNew ? nil : evidence(name)
        } else {
          known = Self.evidence(of: name, ledger.place)
        }
        if let known { try file.check(known) }
      }
      return nil
    } catch {
      return error.message
    }
  }

  /// What a ledger knows of a sink; nil where that can't be looked up here.
  private static func evidence(of sink: String, _ place: LedgerPlace) -> SinkFileEvidence? {
    guard case .file(let path) = place, Inode(path) != nil else {
      // One that isn't there yet, or is in memory, knows nothing.
      return SinkFileEvidence(noted: nil, has: { _ in false }, lines: { _ in nil })
    }
    guard let reader = try? LedgerReader(path: path) else { return nil }
    return try? reader.evidence(of: sink)
  }
}

extension StoredLedger {
  /// A ledger in the SQLite file that the settings name.
  package convenience init(
    settings: LedgerSettings, sinks: AuditSettings = AuditSettings(), options: LedgerOptions = LedgerOptions(),
    logger: Logger, onFatal: @escaping @Sendable (LedgerError) -> Void
  ) throws(LedgerError) {
    try self.init(
      in: SQLiteStorage(path: settings.path, options: options, logger: logger), settings: settings, sinks: sinks,
      options: options, logger: logger, onFatal: onFatal)
  }
}
