internal import Gateway

extension FileReader {
  static let ledgerKeys = ["path", "postgres", "keep"]
  static let keepKeys = ["commands", "audit", "unknown"]
  static let auditKeys = ["sinks", "reads", "checkpoint"]
  static let sinkKeys = ["file"]
  static let fileSinkKeys = ["path", "rotate_at", "keep"]

  /// Telnyx itself ignores duplicates for a minute, and a caller's repeats may go on for some. A look-up asks up to eight
  /// minutes back whose a conference is.
  static let commandKeeping: ClosedRange<Duration> = .seconds(600) ... .seconds(366 * 86_400)
  /// So long someone who looks at what was just answered finds its record.
  static let auditKeeping: ClosedRange<Duration> = .seconds(600) ... .seconds(3660 * 86_400)
  /// No conference lasts longer than four hours, and a look-up in the background comes every hour: within a day all that
  /// can be found out is found out.
  static let unknownKeeping: ClosedRange<Duration> = .seconds(86_400) ... .seconds(3660 * 86_400)
  static let rotationSizes = (64 << 10)...(64 << 30)
  static let rotatedCounts = 1...10_000
  static let defaultRotation = (size: 100 << 20, keep: 10)

  /// - Parameter listen: what the process listens on.
  /// - Returns: the settings, where the place is spoken of, and where the database's password is.
  func ledger(_ root: Section, listen: [ListenSettings]) -> (LedgerSettings, place: Position, password: Position?) {
    var ledger = LedgerSettings()
    guard let section = root.section("ledger", known: Self.ledgerKeys) else { return (ledger, root.position, nil) }
    if let path = section.text("path") {
      ledger.path = path == ":memory:" ? nil : FilePath.resolve(path, relativeTo: file)
    }
    var (position, password): (Position, Position?) = (section["path"]?.position ?? section.position, nil)
    if let value = section["postgres"] {
      if section["path"] != nil {
        report(value, "ledger: path and postgres are two places for one ledger; one of them must go")
      }
      position = value["url"]?.position ?? value.position
      let read = postgres(value, listen: listen)
      // What can't be read is no file either.
      ledger.place = read.map { .postgres($0.place) } ?? .memory
      password = read?.password
    }
    readKeeping(section, &ledger)
    return (ledger, position, password)
  }

  private func readKeeping(_ section: Section, _ ledger: inout LedgerSettings) {
    if let keep = section.section("keep", known: Self.keepKeys) {
      ledger.keepCommands = keep.duration("commands", in: Self.commandKeeping) ?? ledger.keepCommands
      ledger.keepAudit = keep.duration("audit", in: Self.auditKeeping) ?? ledger.keepAudit
      ledger.keepUnknown = max(ledger.keepUnknown, ledger.keepCommands)
      if let unknown = keep.duration("unknown", in: Self.unknownKeeping) {
        ledger.keepUnknown = unknown
        if unknown < ledger.keepCommands, let value = keep["unknown"] {
          report(
            value,
            "ledger.keep.unknown must be at least ledger.keep.commands (\(ledger.keepCommands.text)), is \(unknown.text)"
          )
        }
      }
    }
  }

  /// The settings, and where the key of checkpoints and each of the sinks stand.
  func audit(_ root: Section) -> (AuditSettings, keyPosition: Position?, sinkPositions: [Position]) {
    var audit = AuditSettings()
    guard let section = root.section("audit", known: Self.auditKeys) else { return (audit, nil, []) }
    if let value = section["reads"], let reads = choice(value, "audit.reads", AuditSettings.Reads.self) {
      audit.reads = reads
    }
    let checkpoint = checkpoint(section)
    audit.checkpoint = checkpoint?.settings
    let sinks = section["sinks"].map(sinks) ?? []
    audit.sinks = sinks.map(\.sink)
    return (audit, checkpoint?.keyPosition, sinks.map(\.position))
  }

  private func sinks(_ sinks: YAMLValue) -> [(sink: AuditSettings.Sink, position: Position)] {
    var read: [(sink: AuditSettings.Sink, position: Position)] = []
    // None is a fair choice: the ledger has the records anyway.
    if case .sequence(let elements) = sinks.content, elements.isEmpty { return [] }
    for element in list(sinks, "audit.sinks") {
      guard let sink = sink(element) else { continue }
      let isTaken = read.contains { taken in
        switch (taken.sink, sink) {
        case (.stdout, .stdout): true
        case (.file(let left, _, _), .file(let right, _, _)): left == right
        default: false
        }
      }
      if isTaken { report(element, "audit.sinks: this sink stands here already") }
      read.append((sink, element.position))
    }
    return read
  }

  private func sink(_ value: YAMLValue) -> AuditSettings.Sink? {
    if case .string = value.content {
      if value.text == "stdout" { return .stdout }
      report(value, "audit.sinks must be stdout or {file: {path, rotate_at, keep}}, is \(value.text.quoted)")
      return nil
    }
    guard let entry = section(value, "audit.sinks", known: Self.sinkKeys), let content = entry.required("file"),
      let section = section(content, "audit.sinks.file", known: Self.fileSinkKeys),
      let path = section.required("path").flatMap({ text($0, "audit.sinks.file.path") })
    else { return nil }
    return .file(
      path: FilePath.resolve(path, relativeTo: file),
      rotateAt: section.size("rotate_at", in: Self.rotationSizes) ?? Self.defaultRotation.size,
      keep: section.integer("keep", in: Self.rotatedCounts) ?? Self.defaultRotation.keep)
  }
}
