internal import ArgumentParser
internal import Audit
internal import JSON

struct AuditQueryCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, jsonl, csv
  }

  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Search the record of decisions.",
    discussion: """
      Prints the records for which all that is said holds, the oldest first; an option that is repeated gives \
      alternatives. jsonl are the lines as sinks get them. In a table and in CSV, control and other invisible characters \
      are escaped, as in \\u{1b}; in CSV, what a spreadsheet would take for a formula begins with an apostrophe. COUNT is \
      how many requests a record stands for.

        who created conferences with more than 100 participants
          convene audit query --outcome executed --where 'max_participants > 100'
        why was this refused
          convene audit query --request-id ID
        which outcomes were unknown, and how did they end
          convene audit query --outcome unknown --outcome settled
        when was policy changed, and how
          convene audit query --decision configuration --changed
        a thousand at a time
          convene audit query --format jsonl --limit 1000 --after-seq 0
        and so on, each time behind the last seq

      A shared ledger's records come in the order of their times, and each is named by writer and number: WRITER:SEQ in a \
      table, and a member or a column "writer" in JSON and CSV.
      """)

  @OptionGroup var ledger: LedgerOption
  @OptionGroup var records: RecordOptions

  @Option(help: "At most so many: the newest ones; with --after-seq, the next ones.")
  var limit: Int?

  @Option(help: "table, jsonl or csv.")
  var format = Format.table

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    try reporting {
      let resolved = try ledger.resolve()
      let ledger = try resolved.open()
      let reader = ledger.records
      let filter = try records.filter(resolved, ledger)
      var output = BufferedOutput()
      switch format {
      case .table: try output.write(RecordTable.header(records.times.utcOffset))
      case .csv: try output.write(RecordCSV.header(isShared: ledger.isShared))
      case .jsonl: break
      }
      if let limit, filter.after == nil {
        for record in try reader.newest(limit, filter) { try output.write(text(record)) }
      } else {
        var missing = limit ?? .max
        try reader.records(filter) { records in
          for record in records.prefix(missing) { try output.write(text(record)) }
          missing -= min(records.count, missing)
          return missing > 0
        }
      }
      try output.flush()
    }
  }

  private func text(_ record: StoredRecord) -> [UInt8] {
    switch format {
    case .table: RecordTable.row(record, records.times.utcOffset)
    case .csv: RecordCSV.row(record)
    case .jsonl: record.namedLine.withSeenText
    }
  }
}
