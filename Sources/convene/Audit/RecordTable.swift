internal import JSON
internal import Ledger

/// Records as rows for people.
enum RecordTable {
  private static let columns: [(title: String, width: Int)] = [
    ("SEQ", 8), ("TIME", 27), ("TEAM", 12), ("CALLER", 12), ("DECISION", 10), ("STATUS", 6), ("COMMAND_ID", 36),
    ("RULE", 0),
  ]

  static var header: [UInt8] { line(columns.map(\.title)) }

  static func row(_ record: StoredRecord) -> [UInt8] {
    let json = (try? JSONValue.parse(record.record)) ?? .null
    return line(
      [.integer(record.seq)]
        + [
          json["time"], json["team"], json["caller"],
          json["decision"] ?? json["checkpoint"].map { _ in .string("checkpoint") },
          json["status"], json["command_id"], json["rule"],
        ].map { $0 ?? .string("-") })
  }

  private static func line(_ values: [JSONValue]) -> [UInt8] { line(values.map(\.plainText.visible)) }

  private static func line(_ texts: [String]) -> [UInt8] {
    let cells = zip(texts, columns).map { text, column in
      text + String(repeating: " ", count: max(0, column.width - text.count))
    }
    return Array((cells.joined(separator: "  ") + "\n").utf8)
  }
}
