internal import Audit
internal import JSON

/// Records as comma-separated values (RFC 4180).
enum RecordCSV {
  private static let columns = [
    "seq", "time", "organization", "team", "caller", "peer", "request_id", "traceparent", "command_id",
    "call_control_id", "decision", "rule", "status", "upstream.status", "upstream.attempts", "upstream.code",
    "upstream.ms", "ms", "count", "until", "config", "fields",
    "fields_omitted", "outcome", "settled_by", "conference.id", "errors", "errors_count", "changed", "changed_count",
    "call",
  ]

  /// - Parameter isShared: whether there are several chains; then the last column says whose record it is.
  static func header(isShared: Bool) -> [UInt8] { line(columns + (isShared ? ["writer"] : [])) }

  static func row(_ record: StoredRecord) -> [UInt8] {
    let json = (try? JSONValue.parse(record.record)) ?? .null
    return line(
      columns.map { column in
        let value = column.split(separator: ".").reduce(json as JSONValue?) { $0?[String($1)] }
        return value.map { cell($0) } ?? ""
      } + (record.writer.map { [String($0)] } ?? []))
  }

  private static func line(_ cells: [String]) -> [UInt8] { Array((cells.joined(separator: ",") + "\r\n").utf8) }

  private static func cell(_ value: JSONValue) -> String {
    if case .integer(let number) = value { return String(number) }
    var text = value.plainText.visible
    // A spreadsheet takes these for the beginning of a formula (OWASP, "CSV Injection").
    if let first = text.unicodeScalars.first, "=+-@\t\r".unicodeScalars.contains(first) { text = "'" + text }
    return "\"" + text.replacing("\"", with: "\"\"") + "\""
  }
}
