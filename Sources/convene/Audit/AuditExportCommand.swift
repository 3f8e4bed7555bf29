internal import ArgumentParser
internal import Audit
internal import Crypto
internal import Glibc
internal import JSON
internal import LedgerPostgres
internal import LedgerSQLite

struct AuditExportCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "export", abstract: "Write audit records as JSON lines, exactly as sinks get them.",
    discussion: """
      The lines are a part of the chain without a gap, which `convene audit verify FILE` checks: from the first record that \
      is not older than --since to the last one that is older than --until. Where the configuration names a key for \
      checkpoints, the last line is a seal: it vouches for the records between, so that a file that was cut off shows.

      With an option that may leave out a record between two others, such as --team, it is a selection: no chain, and \
      without a seal; `verify` would find gaps in it.

      Of a shared ledger, one chain follows the other, each as it would be alone, since the times of a chain's records need \
      not ascend. A line before a part that begins within its chain says which record it goes on from. The seal vouches for \
      every chain.
      """)

  @OptionGroup var ledger: LedgerOption
  @OptionGroup var records: RecordOptions

  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: ArgumentHelp(
      """
      A file instead of standard output. It appears when it is whole, readable by its owner only, in the place of an \
      earlier export.
      """, valueName: "file"))
  var path: String?

  func run() throws {
    try reporting {
      let resolved = try ledger.resolve()
      let reader = try resolved.open()
      let filter = try records.filter(resolved, reader)
      guard filter.afterWriter == nil || filter.isSelection else {
        throw ValidationError("a part of a shared ledger's record is exported with --since and --until")
      }
      let key =
        filter.isSelection ? nil : resolved.signingKey { StandardStream.error.writeLine("not sealed: \($0)") }
      guard let path, path != "-" else {
        var output = BufferedOutput()
        do {
          try export(filter, of: reader, key, to: &output)
        } catch BufferedOutput.Failure.readerGone {
          throw StartError("whoever reads it stopped before the end")
        }
        return
      }
      let file = try ExportFile(path: path, others: resolved.otherFiles, sinks: resolved.sinks)
      do {
        var output = BufferedOutput(descriptor: file.descriptor)
        try export(filter, of: reader, key, to: &output)
      } catch {
        try file.end(isWhole: false)
        throw error
      }
      try file.end(isWhole: true)
    }
  }

  private func export(
    _ filter: RecordFilter, of ledger: OpenLedger, _ key: SigningKey?, to output: inout BufferedOutput
  ) throws {
    guard filter.isSelection else {
      switch ledger {
      case .file(let reader): return try exportChain(filter, of: reader, key, to: &output)
      case .shared(let reader): return try exportChains(filter, of: reader, key, to: &output)
      }
    }
    StandardStream.error.writeLine(
      "a selection: it is no chain that `convene audit verify` could check, and has no seal")
    try ledger.records.records(filter) { records in
      for record in records { try output.write(isForPeople ? record.namedLine.withSeenText : record.namedLine) }
      return true
    }
    try output.flush()
  }

  /// Nobody verifies what is on a screen, and a terminal could obey what an older record has in it.
  private var isForPeople: Bool { path ?? "-" == "-" && isatty(STDOUT_FILENO) != 0 }

  private func exportChains(
    _ filter: RecordFilter, of reader: PostgresReader, _ key: SigningKey?, to output: inout BufferedOutput
  ) throws {
    let export = try reader.export(filter) { line in try output.write(isForPeople ? line.withSeenText : line) }
    if let finding = export.finding { try refuse(finding, &output) }
    if let seal = key.flatMap(export.seal) { try output.write(seal) }
    try output.flush()
  }

  private func refuse(_ finding: AuditFinding, _ output: inout BufferedOutput) throws -> Never {
    try output.flush()
    StandardStream.error.writeLine("not sealed, since it is not intact: \(finding)")
    throw ExitCode.failure
  }

  /// The chain is followed on the way: nothing is sealed that is not intact.
  private func exportChain(
    _ filter: RecordFilter, of reader: LedgerReader, _ key: SigningKey?, to output: inout BufferedOutput
  ) throws {
    var terms = AuditVerifier.Terms()
    terms.allowsOpenTail = true
    var verifier = AuditVerifier(terms)
    var finding: AuditFinding?
    if let range = try reader.bounds(filter) {
      var all = RecordFilter()
      all.includesCheckpoints = true
      var next = range.lowerBound
      while next <= range.upperBound {
        let page = try reader.page(all, from: next, through: range.upperBound)
        for record in page.records {
          let line = record.line
          try output.write(isForPeople ? line.withSeenText : line)
          guard finding == nil else { continue }
          do throws(AuditFinding) {
            try verifier.take(line: line.dropLast(), at: AuditFinding.Place(file: reader.path, line: Int(record.seq)))
          } catch {
            finding = error
          }
        }
        next = page.next
      }
    }
    if let finding { try refuse(finding, &output) }
    if let key, let chain = verifier.chain, let first = verifier.summary.first {
      try output.write(ChainMark(.seal, of: chain, first: first, signedBy: key).sealLine)
    }
    try output.flush()
  }
}
