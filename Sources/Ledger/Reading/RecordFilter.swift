package import EventLoop
internal import Gateway

/// Which audit records are wanted: those for which all that is said holds. Where several values are given for one thing, each
/// of them is right; where none is, any is.
package struct RecordFilter: Sendable {
  /// Not older than this.
  package var since: WallTime?
  /// Older than this.
  package var until: WallTime?
  /// With a higher number than this.
  package var after: Int64?
  package var teams: [String] = []
  package var callers: [String] = []
  package var commandIDs: [String] = []
  package var decisions: [String] = []
  /// Checkpoints are records too, but decide nothing.
  package var includesCheckpoints = false
  /// What stands in the record alone, and in no column beside it.
  package var content = RecordContent()

  package init() {}

  /// Whether it may leave out a record between two others.
  package var isSelection: Bool { columns.contains { !$0.values.isEmpty } || !content.isEmpty }

  private var columns: [(name: String, values: [String])] {
    [
      ("team", teams), ("caller", callers), ("command_id", commandIDs.map { AuditText($0).text }),
      ("decision", decisions),
    ]
  }

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
