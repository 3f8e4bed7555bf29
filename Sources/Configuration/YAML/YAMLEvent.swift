internal import CYAML

/// One step through a YAML text, as libyaml tells it.
struct YAMLEvent {
  enum Kind {
    case streamStart, documentStart, scalar, sequenceStart, mappingStart
    /// Of a list, a mapping, a document or the text: of what began last.
    case end
  }

  let kind: Kind
  let position: Position
  var hasAnchor = false
  var hasTag = false
  /// A scalar's characters, an alias with its `*`; empty for all else.
  var text = ""
  /// Of a scalar.
  var isAlias = false
  /// Of a scalar: it isn't in quotes, and no block.
  var isPlain = false

  init(_ event: yaml_event_t) {
    position = Position(event.start_mark)
    switch event.type {
    case YAML_STREAM_START_EVENT: kind = .streamStart
    case YAML_DOCUMENT_START_EVENT: kind = .documentStart
    case YAML_ALIAS_EVENT:
      kind = .scalar
      (isAlias, isPlain) = (true, true)
      text = event.data.alias.anchor.map { "*" + String(cString: $0) } ?? ""
    case YAML_SCALAR_EVENT:
      kind = .scalar
      let scalar = event.data.scalar
      hasAnchor = scalar.anchor != nil
      isPlain = scalar.style == YAML_PLAIN_SCALAR_STYLE
      // A plain word with the tag `!` looks like one without to libyaml, and is one: a tag means nothing there.
      hasTag = scalar.tag != nil || !isPlain && scalar.quoted_implicit == 0
      text = String(decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
    case YAML_SEQUENCE_START_EVENT:
      kind = .sequenceStart
      hasAnchor = event.data.sequence_start.anchor != nil
      hasTag = event.data.sequence_start.tag != nil
    case YAML_MAPPING_START_EVENT:
      kind = .mappingStart
      hasAnchor = event.data.mapping_start.anchor != nil
      hasTag = event.data.mapping_start.tag != nil
    default: kind = .end
    }
  }
}

extension Position {
  /// libyaml counts from 0, and a Unicode scalar as a column, too.
  init(_ mark: yaml_mark_t) { self.init(line: mark.line + 1, column: mark.column + 1) }
}
