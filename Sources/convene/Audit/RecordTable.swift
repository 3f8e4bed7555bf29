internal import Audit
internal import EventLoop
internal import JSON

/// Records as rows for people.
enum RecordTable {
  private static let columns: [(title: String, width: Int)] = [
    ("SEQ", 8), ("TIME", 27), ("TEAM", 12), ("CALLER", 12), ("DECISION", 13), ("OUTCOME", 12), ("STATUS", 6),
    ("COUNT", 5), ("COMMAND_ID", 36), ("WHY", 0),
  ]

  static func header(_ offset: UTCOffset) -> [UInt8] { line(columns.map(\.title), offset) }

  static func row(_ record: StoredRecord, _ offset: UTCOffset) -> [UInt8] {
    let json = (try? JSONValue.parse(record.record)) ?? .null
    let time = json["time"]?.string.map { text in WallTime(rfc3339: text).map(offset.text(of:)) ?? text }
    let decision = json["decision"] ?? json["checkpoint"].map { _ in .string("checkpoint") }
    // One of a flood stands for many requests.
    let count = json["count"] ?? (json["request_id"] == nil ? nil : .integer(1))
    return line(
      [record.writer.map { .string("\($0):\(record.seq)") } ?? .integer(record.seq)]
        + [
          time.map(JSONValue.string), json["team"], json["caller"], decision, json["outcome"], json["status"], count,
          json["command_id"], .string(RecordReason.text(json)),
        ].map { $0 ?? .string("-") }, offset)
  }

  private static func line(_ values: [JSONValue], _ offset: UTCOffset) -> [UInt8] {
    line(values.map(\.plainText.visible), offset)
  }

  private static func line(_ texts: [String], _ offset: UTCOffset) -> [UInt8] {
    let cells = zip(texts, columns).map { text, column in
      // `Z` is in the width.
      let more = column.title == "TIME" ? offset.text.utf8.count - 1 : 0
      return text + String(repeating: " ", count: max(0, column.width + more - text.count))
    }
    return Array((cells.joined(separator: "  ") + "\n").utf8)
  }
}
