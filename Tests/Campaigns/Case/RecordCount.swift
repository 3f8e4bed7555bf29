import JSON

/// Counts in an audit.
enum RecordCount {
  /// How many 200s these records tell of.
  static func told(_ records: [JSONValue]) -> Int {
    records.filter { $0["status"]?.integer == 200 }.reduce(0) { $0 + Int($1["count"]?.integer ?? 1) }
  }

  static func text(_ records: [JSONValue]) -> String {
    var writer = JSONWriter(capacity: 4096)
    writer.value(.array(records))
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  static func all(_ decision: String, _ records: [JSONValue]) -> [JSONValue] {
    records.filter { $0["decision"]?.string == decision }
  }
}
