/// Characters that a text doesn't have, to stand in for some that it has. From Unicode's private use area, which YAML
/// allows everywhere.
struct YAMLMarker {
  /// Stands for a `*` that could begin an alias.
  let alias: Unicode.Scalar
  /// Begins a duplicate key's replacement; the rest of the area numbers it.
  private let first: UInt32
  private static let area: ClosedRange<UInt32> = 0xE000...0xF8FF

  static let breaks: [Unicode.Scalar] = ["\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"]

  /// nil where the text uses private characters too freely.
  init?(unusedIn text: String) {
    let used = text.unicodeScalars.lazy.map(\.value).filter(Self.area.contains).max() ?? (Self.area.lowerBound - 1)
    guard used + 200 < Self.area.upperBound, let alias = Unicode.Scalar(used + 1) else { return nil }
    self.alias = alias
    first = used + 2
  }

  /// Replaces every `*` at which an alias may begin, wherever it stands: in a text or a comment it does no harm.
  func markingAliases(in scalars: [Unicode.Scalar]) -> [Unicode.Scalar] {
    var marked = scalars
    let before: [Unicode.Scalar] = Self.breaks + [" ", "\t", "[", "{", ",", ":", "\u{FEFF}"]
    for (index, scalar) in scalars.enumerated() where scalar == "*" {
      if index == 0 || before.contains(scalars[index - 1]) { marked[index] = alias }
    }
    return marked
  }

  func restoring(_ text: String) -> String {
    guard text.unicodeScalars.contains(alias) else { return text }
    var restored = String.UnicodeScalarView()
    for scalar in text.unicodeScalars { restored.append(scalar == alias ? "*" : scalar) }
    return String(restored)
  }

  /// The stand-in for the n-th duplicate key, as long as the key.
  func key(_ number: Int, length: Int) -> [Unicode.Scalar]? {
    guard let scalar = Unicode.Scalar(first + UInt32(number)) else { return nil }
    return [scalar] + Array(repeating: alias, count: length - 1)
  }
}
