package import JSON

/// Counts in an audit.
package enum RecordCount {
  /// How many answers with a status these records tell of.
  package static func told(_ records: [JSONValue], _ status: Int64 = 200) -> Int {
    records.filter { $0["status"]?.integer == status }.reduce(0) { $0 + Int($1["count"]?.integer ?? 1) }
  }

  package static func text(_ records: [JSONValue]) -> String {
    var writer = JSONWriter(capacity: 4096)
    writer.value(.array(records))
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  package static func all(_ decision: String, _ records: [JSONValue]) -> [JSONValue] {
    records.filter { $0["decision"]?.string == decision }
  }
}
