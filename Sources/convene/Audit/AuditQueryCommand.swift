internal import ArgumentParser
internal import JSON
internal import Ledger

struct AuditQueryCommand: ParsableCommand {
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case table, jsonl, csv
  }

  static let configuration = CommandConfiguration(
    commandName: "query", abstract: "Search the record of decisions.",
    discussion: """
      Prints the records for which all that is said holds, the oldest first. jsonl are the lines as sinks get them. In a \
      table and in CSV, control and other invisible characters are escaped, as in \\u{1b}; in CSV, what a spreadsheet would \
      take for a formula begins with an apostrophe.
      """)

  @OptionGroup var ledger: LedgerOption
  @OptionGroup var times: TimeRange
  @Option var team: String?
  @Option var caller: String?
  @Option(name: .customLong("command-id")) var commandID: String?

  @Option(help: "forwarded, replayed, refused, limited, conflict, recovered or checkpoint.")
  var decision: String?

  @Option(help: "At most so many: the newest ones.")
  var limit: Int?

  @Option(help: "table, jsonl or csv.")
  var format = Format.table

  func validate() throws {
    if let limit, limit < 1 { throw ValidationError("--limit must be at least 1") }
  }

  func run() throws {
    try reporting {
      let reader = try ledger.resolve().open()
      var output = BufferedOutput()
      var filter = RecordFilter()
      filter.since = times.since?.time
      filter.until = times.until?.time
      filter.team = team
      filter.caller = caller
      filter.commandID = commandID
      filter.decision = decision
      switch format {
      case .table: try output.write(RecordTable.header)
      case .csv: try output.write(RecordCSV.header)
      case .jsonl: break
      }
      guard let range = try reader.bounds() else { return try output.flush() }
      if let limit {
        for record in try reader.newest(limit, filter, in: range) { try output.write(text(record)) }
      } else {
        var next = range.lowerBound
        while next <= range.upperBound {
          let page = try reader.page(filter, from: next, through: range.upperBound)
          for record in page.records { try output.write(text(record)) }
          next = page.next
        }
      }
      try output.flush()
    }
  }

  private func text(_ record: StoredRecord) -> [UInt8] {
    switch format {
    case .table: RecordTable.row(record)
    case .csv: RecordCSV.row(record)
    case .jsonl: record.line.withSeenText
    }
  }
}
