/// A place in a text that is walked through, with the lines that libyaml has: they end at CR, LF, CR LF, NEL, LS and PS.
struct TextCursor {
  private static let lineEnds: [Unicode.Scalar] = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

  private(set) var position = Position.start
  private var isAfterReturn = false

  static func endsLine(_ scalar: Unicode.Scalar) -> Bool { lineEnds.contains(scalar) }

  mutating func pass(_ scalar: Unicode.Scalar) {
    if !Self.endsLine(scalar) {
      position = Position(line: position.line, column: position.column + 1)
    } else if !(isAfterReturn && scalar == "\n") {
      position = Position(line: position.line + 1, column: 1)
    }
    isAfterReturn = scalar == "\r"
  }
}
