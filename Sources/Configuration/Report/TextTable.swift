/// Cells in columns that line up.
package struct TextTable {
  private let rows: [[String]]

  package init(_ rows: [[String]]) { self.rows = rows }

  package func lines(indent: Int) -> [String] {
    var widths: [Int] = []
    for row in rows {
      // The last column may be as long as it likes: nothing follows it.
      for (column, cell) in row.dropLast().enumerated() {
        if widths.count <= column { widths.append(0) }
        widths[column] = max(widths[column], cell.count)
      }
    }
    return rows.map { row in
      var line = String(repeating: " ", count: indent)
      for (column, cell) in row.enumerated() {
        line += cell
        if column < row.count - 1 { line += String(repeating: " ", count: widths[column] - cell.count + 2) }
      }
      while line.last == " " { line.removeLast() }
      return line
    }
  }
}
