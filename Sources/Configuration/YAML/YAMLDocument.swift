internal import Yams

/// One YAML file's text, parsed. (libyaml by way of Yams.)
///
/// Two things are not left to Yams. It resolves aliases while it parses, so that a few lines can become an endless key;
/// and it gives up at a duplicate key, so that no other error of the file would be told. Both are met by parsing a text
/// in which the offending characters are replaced, one for one, by characters that the file doesn't have: no
/// line or column moves, and when values are read the replacements are undone and the errors told.
struct YAMLDocument {
  private let file: String
  private let diagnostics: Diagnostics
  private var scalars: [Unicode.Scalar]
  private let marker: YAMLMarker
  /// Marked duplicate keys, and what they were.
  private var duplicates: [String: String] = [:]

  /// The file's one value, or nil where the text is no YAML, which is reported.
  static func parse(_ text: String, file: String, diagnostics: Diagnostics) -> YAMLValue? {
    guard var document = YAMLDocument(text, file: file, diagnostics: diagnostics) else {
      diagnostics.report(file, .start, "the file uses too many characters of Unicode's private use area")
      return nil
    }
    return document.parse()
  }

  private init?(_ text: String, file: String, diagnostics: Diagnostics) {
    guard let marker = YAMLMarker(unusedIn: text) else { return nil }
    self.file = file
    self.diagnostics = diagnostics
    self.marker = marker
    scalars = marker.markingAliases(in: Array(text.unicodeScalars))
  }

  private mutating func parse() -> YAMLValue? {
    // Each round marks one duplicate key. A file with more than these is a generated one; one error will do.
    for _ in 0..<100 {
      do {
        return try read()
      } catch YamlError.duplicatedKeysInMapping(let keys, let context) {
        guard let key = keys.first, mark(key, at: context.mark) else {
          return fail(Position(context.mark), "the key \(keys.first?.shortened ?? "") stands twice in one mapping")
        }
      } catch let error as YamlError {
        return fail(error)
      } catch {
        return fail(.start, "\(error)")
      }
    }
    return fail(.start, "the file has more than a hundred duplicate keys")
  }

  private func read() throws -> YAMLValue? {
    var text = String.UnicodeScalarView()
    text.append(contentsOf: scalars)
    let parser = try Parser(yaml: String(text), resolver: .basic, encoding: .utf8)
    guard let root = try parser.nextRoot() else { return fail(.start, "the file is empty") }
    if let second = try parser.nextRoot() {
      return fail(second.mark.map(Position.init) ?? .start, "the file holds more than one YAML document")
    }
    // Anchors are known to their nodes only as long as the parser lives.
    return withExtendedLifetime(parser) { value(root) }
  }

  private func value(_ node: Node) -> YAMLValue {
    let position = node.mark.map(Position.init) ?? .start
    if node.anchor != nil { report(position, "anchors are not allowed in a configuration") }
    switch node {
    case .scalar(let scalar):
      let isPlain = scalar.style == .plain
      if isPlain, scalar.string.unicodeScalars.first == marker.alias {
        report(position, "aliases are not allowed in a configuration; put a text that begins with * in quotes")
      }
      if scalar.tag.rawValue != (isPlain ? Tag.Name.implicit : .str).rawValue { reportTag(position) }
      let text = marker.restoring(scalar.string)
      return YAMLValue(position: position, content: YAMLValue.content(of: text, plain: isPlain), text: text)
    case .sequence(let sequence):
      if sequence.tag.rawValue != Tag.Name.implicit.rawValue { reportTag(position) }
      return YAMLValue(position: position, content: .sequence(sequence.map(value)), text: "")
    case .mapping(let mapping):
      if mapping.tag.rawValue != Tag.Name.implicit.rawValue { reportTag(position) }
      return YAMLValue(position: position, content: .mapping(members(mapping)), text: "")
    case .alias:
      report(position, "aliases are not allowed in a configuration")
      return YAMLValue(position: position, content: .null, text: "")
    }
  }

  private func members(_ mapping: Node.Mapping) -> [YAMLMember] {
    var members: [YAMLMember] = []
    var names: [String: Position] = [:]
    for (key, node) in mapping {
      let position = key.mark.map(Position.init) ?? .start
      guard let scalar = key.scalar else {
        report(position, "a key must be a word")
        continue
      }
      let name = marker.restoring(duplicates[scalar.string] ?? scalar.string)
      let first = names[name]
      if let first {
        report(
          position, "the key \(name.shortened) stands twice in one mapping (\(file):\(first.line):\(first.column))")
      } else {
        names[name] = position
      }
      let isRepeated = first != nil
      members.append(YAMLMember(key: name, position: position, value: value(node), isRepeated: isRepeated))
    }
    return members
  }

  /// Makes the first of two equal keys differ. False where its characters can't be found.
  private mutating func mark(_ key: String, at mark: Mark) -> Bool {
    guard var index = offset(of: mark) else { return false }
    let characters = Array(key.unicodeScalars)
    if scalars.indices.contains(index), scalars[index] == "\"" || scalars[index] == "'" { index += 1 }
    guard !characters.isEmpty, index + characters.count <= scalars.count,
      Array(scalars[index..<(index + characters.count)]) == characters,
      let replacement = marker.key(duplicates.count, length: characters.count)
    else { return false }
    scalars.replaceSubrange(index..<(index + characters.count), with: replacement)
    var text = String.UnicodeScalarView()
    text.append(contentsOf: replacement)
    duplicates[String(text)] = duplicates[key] ?? key
    return true
  }

  /// libyaml ends a line at CR, LF, CR LF, NEL, LS and PS.
  private func offset(of mark: Mark) -> Int? {
    var index = 0
    for _ in 1..<max(mark.line, 1) {
      guard let end = scalars[index...].firstIndex(where: YAMLMarker.breaks.contains) else { return nil }
      index = end + 1
      if scalars[end] == "\r", index < scalars.count, scalars[index] == "\n" { index += 1 }
    }
    return index + mark.column - 1
  }

  /// The nearest TAB that indents a line, at or above a line in which the parser gave up.
  private func indentingTab(before last: Int) -> Position? {
    var found: Position?
    var (line, column, isIndent) = (1, 1, true)
    for scalar in scalars {
      if YAMLMarker.breaks.contains(scalar) {
        (line, column, isIndent) = (line + 1, 1, true)
        if line > last { break }
        continue
      }
      if isIndent, scalar == "\t" {
        found = Position(line: line, column: column)
        isIndent = false
      }
      if scalar != " " { isIndent = false }
      column += 1
    }
    return found
  }

  private func report(_ position: Position, _ message: String) { diagnostics.report(file, position, message) }

  private func reportTag(_ position: Position) { report(position, "tags (!) are not allowed in a configuration") }

  private func fail(_ position: Position, _ message: String) -> YAMLValue? {
    report(position, message)
    return nil
  }

  private func fail(_ error: YamlError) -> YAMLValue? {
    switch error {
    case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
      .composer(let context, let problem, let mark, _):
      if let tab = indentingTab(before: mark.line) {
        return fail(tab, "this line is indented with a TAB, which YAML doesn't take: use spaces")
      }
      let place = context.map { "\($0.text.trimmed) (line \($0.mark.line)), " } ?? ""
      let advice = YAMLAdvice.advice(on: problem, at: mark, begun: context?.mark)
      return fail(Position(mark), "this is not YAML: \(place)\(problem.trimmed)\(advice)")
    case .reader(let problem, let offset, _, let yaml):
      return fail(offset.map { Position(of: $0, in: yaml) } ?? .start, "this is not YAML: \(problem.trimmed)")
    default: return fail(.start, "this is not YAML")
    }
  }
}

extension Position {
  fileprivate init(_ mark: Mark) { self.init(line: mark.line, column: mark.column) }

  /// Of a character's offset.
  fileprivate init(of offset: Int, in text: String) {
    let before = text.prefix(offset).unicodeScalars
    let lines = before.split(separator: "\n", omittingEmptySubsequences: false)
    self.init(line: max(lines.count, 1), column: (lines.last?.count ?? 0) + 1)
  }
}

extension String {
  fileprivate var trimmed: String {
    var text = self[...]
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }
}
