internal import Yams

/// What whoever wrote the file may have meant, where libyaml's own words don't say it.
enum YAMLAdvice {
  /// - Parameters:
  ///   - mark: where the parser gave up.
  ///   - begun: where what it was in begins.
  static func advice(on problem: String, at mark: Mark, begun: Mark?) -> String {
    func says(_ words: String) -> Bool { problem.utf8.starts(with: words.utf8) }
    if let begun, says("did not find expected key") || says("did not find expected '-' indicator") {
      return
        "; what belongs together begins in one column: line \(begun.line) in column \(begun.column), this one in column"
        + " \(mark.column)"
    }
    if says("mapping values are not allowed") {
      return "; is this line indented too far, or a text with a colon in it not in quotes?"
    }
    if says("could not find expected ':'") { return "; a key is followed by a colon and a space" }
    if says("did not find expected ',' or") { return "; is a comma or a closing bracket missing?" }
    return ""
  }
}
