internal import Audit
internal import EventLoop

extension RecordFilter {
  /// Of the parameters of a statement, those from the eleventh on are the filter's, and the third and the fourth.
  private static let firstParameter: Int32 = 11

  /// In SQL, as far as that can tell; the rest is the content's.
  var condition: String {
    var parts = ["(?3 IS NULL OR time >= ?3) AND (?4 IS NULL OR time < ?4)"]
    var next = Self.firstParameter
    func parameters(_ values: [String]) -> [String] {
      defer { next += Int32(values.count) }
      return values.indices.map { "?\(next + Int32($0))" }
    }
    for (name, values) in columns where !values.isEmpty {
      parts.append("\(name) IN (\(parameters(values).joined(separator: ", ")))")
    }
    if !includesCheckpoints, decisions.isEmpty { parts.append("decision <> 'checkpoint'") }
    for needles in content.needles {
      parts.append("(\(parameters(needles).map { "instr(record, \($0)) > 0" }.joined(separator: " OR ")))")
    }
    return parts.joined(separator: " AND ")
  }

  func bind(to statement: PreparedStatement) {
    statement.bind(3, since?.microseconds)
    statement.bind(4, until?.microseconds)
    for (index, value) in (columns.flatMap(\.values) + content.needles.joined()).enumerated() {
      statement.bind(Self.firstParameter + Int32(index), value)
    }
  }
}
