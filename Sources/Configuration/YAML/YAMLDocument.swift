/// One YAML file's text, read.
///
/// An alias is an error where it stands and stands for nothing, so a few lines can't become an endless value. What can be read
/// past (aliases, anchors, tags, keys that stand twice) is reported, and the rest is read.
struct YAMLDocument {
  static let noAliases = "aliases are not allowed in a configuration; put a text that begins with * in quotes"
  /// Of lists and mappings within each other. A configuration has six.
  private static let maximumDepth = 100
  /// A file with more of them is a generated one.
  private static let maximumRepeatedKeys = 100

  /// Texts that begin with `*` where YAML has an alias.
  private static let maximumStars = 100

  private let file: String
  private let diagnostics: Diagnostics
  private let parser: YAMLParser
  private let stars: Set<Position>
  private var depth = 0
  private var repeatedKeys = 0

  /// The file's one value, or nil where the text is no YAML, which is reported.
  static func parse(_ text: String, file: String, diagnostics: Diagnostics) -> YAMLValue? {
    var (text, stars) = (text, Set<Position>())
    while true {
      do throws(YAMLFault) {
        var document = YAMLDocument(file, diagnostics, try YAMLParser(text), stars)
        return try document.read()
      } catch {
        // So that the rest is read, too, with a letter in its place. What is reported again is the same.
        if case .noAlias(let star) = error, stars.count < maximumStars, text.replace(at: star, with: "x") {
          stars.insert(star)
          continue
        }
        let report = error.report(of: text)
        diagnostics.report(file, report.position, report.message)
        return nil
      }
    }
  }

  private init(_ file: String, _ diagnostics: Diagnostics, _ parser: YAMLParser, _ stars: Set<Position>) {
    self.file = file
    self.diagnostics = diagnostics
    self.parser = parser
    self.stars = stars
  }

  private mutating func read() throws(YAMLFault) -> YAMLValue {
    // Of the text, then of the document.
    _ = try next()
    guard try next().kind == .documentStart else { throw .refused("the file is empty", .start) }
    let root = try value(try next())
    _ = try next()
    if try next().kind == .documentStart {
      throw .refused("the file holds more than one YAML document", try next().position)
    }
    return root
  }

  private func next() throws(YAMLFault) -> YAMLEvent {
    var event = try parser.next()
    if stars.contains(event.position), event.kind == .scalar {
      event.isAlias = true
      event.text = "*" + String(String.UnicodeScalarView(event.text.unicodeScalars.dropFirst()))
    }
    return event
  }

  /// - Parameter event: with which it begins.
  private mutating func value(_ event: YAMLEvent) throws(YAMLFault) -> YAMLValue {
    check(event)
    let content: YAMLValue.Content
    switch event.kind {
    case .scalar: content = YAMLValue.content(of: event.text, plain: event.isPlain)
    case .sequenceStart: content = .sequence(try items(event))
    case .mappingStart: content = .mapping(try members(event))
    case .streamStart, .documentStart, .end: content = .null
    }
    return YAMLValue(position: event.position, content: content, text: event.text)
  }

  /// - Parameter begin: with which the list begins.
  private mutating func items(_ begin: YAMLEvent) throws(YAMLFault) -> [YAMLValue] {
    try enter(begin)
    defer { depth -= 1 }
    var items: [YAMLValue] = []
    while case let event = try next(), event.kind != .end { items.append(try value(event)) }
    return items
  }

  private mutating func members(_ begin: YAMLEvent) throws(YAMLFault) -> [YAMLMember] {
    try enter(begin)
    defer { depth -= 1 }
    var members: [YAMLMember] = []
    var names: [String: Position] = [:]
    while case let event = try next(), event.kind != .end {
      let key = try value(event)
      let (name, position) = (key.text, key.position)
      guard event.kind == .scalar else {
        report(position, "a key must be a word")
        _ = try value(try next())
        continue
      }
      let first = names[name]
      if let first { try reportRepeated(name, position, first: first) } else { names[name] = position }
      let member = try value(try next())
      members.append(YAMLMember(key: name, position: position, value: member, isRepeated: first != nil))
    }
    return members
  }

  private mutating func enter(_ begin: YAMLEvent) throws(YAMLFault) {
    guard depth < Self.maximumDepth else {
      throw .refused("lists and mappings stand more than \(Self.maximumDepth) deep in each other", begin.position)
    }
    depth += 1
  }

  private mutating func reportRepeated(_ name: String, _ position: Position, first: Position) throws(YAMLFault) {
    repeatedKeys += 1
    guard repeatedKeys <= Self.maximumRepeatedKeys else {
      throw .refused("the file has more than a hundred keys that stand twice", position)
    }
    report(position, "the key \(name.quoted) stands twice in one mapping (\(file):\(first.line):\(first.column))")
  }

  private func check(_ event: YAMLEvent) {
    if event.isAlias { report(event.position, Self.noAliases) }
    if event.hasAnchor { report(event.position, "anchors are not allowed in a configuration") }
    if event.hasTag { report(event.position, "tags (!) are not allowed in a configuration") }
  }

  private func report(_ position: Position, _ message: String) { diagnostics.report(file, position, message) }
}

extension String {
  /// - Returns: whether there is such a place.
  fileprivate mutating func replace(at position: Position, with scalar: Unicode.Scalar) -> Bool {
    var cursor = TextCursor()
    for index in unicodeScalars.indices {
      if cursor.position == position {
        unicodeScalars.replaceSubrange(index...index, with: CollectionOfOne(scalar))
        return true
      }
      cursor.pass(unicodeScalars[index])
    }
    return false
  }
}
