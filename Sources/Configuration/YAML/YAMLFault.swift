/// Why a text is read no further.
enum YAMLFault: Error {
  /// It is no YAML, in libyaml's words.
  case syntax(_ problem: String, Position, within: Context?)
  /// Here is a `*`, and behind it no alias's name.
  case noAlias(Position)
  /// It is YAML, and not for here.
  case refused(String, Position)
  case noMemory

  /// What libyaml was in the middle of, and where that begins.
  struct Context {
    let words: String
    let begin: Position
  }

  /// What to tell of it, and at which place.
  func report(of text: String) -> (position: Position, message: String) {
    switch self {
    case .noAlias(let position): return (position, YAMLDocument.noAliases)
    case .refused(let message, let position): return (position, message)
    case .noMemory: return (.start, "there is not enough memory to read the file")
    case .syntax(let problem, let position, let context):
      if let tab = Self.indentingTab(in: text, before: position.line) {
        return (tab, "this line is indented with a TAB, which YAML doesn't take: use spaces")
      }
      let place = context.map { "\($0.words) (line \($0.begin.line)), " } ?? ""
      return (position, "this is not YAML: \(place)\(problem)\(Self.advice(on: problem, at: position, context?.begin))")
    }
  }

  /// What whoever wrote the file may have meant, where libyaml's own words don't say it.
  private static func advice(on problem: String, at position: Position, _ begun: Position?) -> String {
    func says(_ words: String) -> Bool { problem.utf8.starts(with: words.utf8) }
    if let begun, says("did not find expected key") || says("did not find expected '-' indicator") {
      return
        "; what belongs together begins in one column: line \(begun.line) in column \(begun.column), this one in column"
        + " \(position.column)"
    }
    if says("mapping values are not allowed") {
      return "; is this line indented too far, or a text with a colon in it not in quotes?"
    }
    if says("could not find expected ':'") { return "; a key is followed by a colon and a space" }
    if says("did not find expected ',' or") { return "; is a comma or a closing bracket missing?" }
    return ""
  }

  /// The nearest TAB that indents a line, at or above a line in which libyaml gave up.
  private static func indentingTab(in text: String, before last: Int) -> Position? {
    var found: Position?
    var cursor = TextCursor()
    var isIndent = true
    for scalar in text.unicodeScalars {
      guard cursor.position.line <= last else { break }
      if isIndent, scalar == "\t" { found = cursor.position }
      isIndent = TextCursor.endsLine(scalar) || isIndent && scalar == " "
      cursor.pass(scalar)
    }
    return found
  }
}
