/// What was measured of one operation.
struct Row {
  let name: String
  let nanoseconds: Double
  let count: AllocationCount
  let allowance: Allowance?

  /// Time first: after so many rounds nothing is made for the first time when the allocations are counted.
  init(_ operation: Operation) throws {
    name = operation.name
    nanoseconds = try CPUTime.nanoseconds(of: operation)
    count = try AllocationCount(operation)
    allowance = Allowance.table[operation.name]
  }

  var verdicts: [Verdict] {
    var verdicts: [Verdict] = []
    if let allowance {
      if count.allocations > allowance.allocations || count.bytes > allowance.bytes {
        verdicts.append(.more(name, count, allowance))
      } else if count.allocations < allowance.allocations || count.bytes < allowance.bytes {
        verdicts.append(.fewer(name, count, allowance))
      }
    } else {
      verdicts.append(.noAllowance(name, count))
    }
    if count.kept > 0 { verdicts.append(.keeps(name, count)) }
    return verdicts
  }

  static func table(_ rows: [Row]) -> String {
    let head = ["operation", "ns", "allocations", "allowed", "bytes", "allowed"]
    let cells = [head] + rows.map(\.cells)
    let widths = head.indices.map { column in cells.map { $0[column].count }.max() ?? 0 }
    return cells.map { line in
      line.indices.map { column in
        let space = String(repeating: " ", count: widths[column] - line[column].count)
        return column == 0 ? line[column] + space : space + line[column]
      }.joined(separator: "  ")
    }.joined(separator: "\n")
  }

  private var cells: [String] {
    [
      name, nanoseconds.rounded().grouped, count.allocations.grouped, allowance?.allocations.grouped ?? "-",
      count.bytes.grouped, allowance?.bytes.grouped ?? "-",
    ]
  }
}
