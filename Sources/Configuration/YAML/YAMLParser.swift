internal import CYAML

/// libyaml's parser of one text: gives its events one after another, and composes nothing of them. (pyyaml.org/wiki/LibYAML.)
final class YAMLParser {
  // libyaml's parser points to itself and into the text, so both stay where they are.
  private let parser: UnsafeMutablePointer<yaml_parser_t>
  private let bytes: UnsafeMutableBufferPointer<UInt8>

  init(_ text: String) throws(YAMLFault) {
    bytes = .allocate(capacity: text.utf8.count)
    _ = bytes.initialize(from: text.utf8)
    parser = .allocate(capacity: 1)
    parser.initialize(to: yaml_parser_t())
    guard yaml_parser_initialize(parser) == 1 else { throw .noMemory }
    yaml_parser_set_encoding(parser, YAML_UTF8_ENCODING)
    yaml_parser_set_input_string(parser, bytes.baseAddress, bytes.count)
  }

  deinit {
    yaml_parser_delete(parser)
    parser.deallocate()
    bytes.deallocate()
  }

  /// The next event. Not to be asked for after the text's end, or after a fault.
  func next() throws(YAMLFault) -> YAMLEvent {
    var event = yaml_event_t()
    guard yaml_parser_parse(parser, &event) == 1 else { throw fault }
    defer { yaml_event_delete(&event) }
    return YAMLEvent(event)
  }

  private var fault: YAMLFault {
    let problem = parser.pointee.problem.map { String(cString: $0) } ?? ""
    switch parser.pointee.error {
    case YAML_MEMORY_ERROR: return .noMemory
    case YAML_READER_ERROR:
      var cursor = TextCursor()
      let before = UnsafeBufferPointer(rebasing: bytes[..<min(parser.pointee.problem_offset, bytes.count)])
      for scalar in String(decoding: before, as: UTF8.self).unicodeScalars { cursor.pass(scalar) }
      return .syntax(problem, cursor.position, within: nil)
    default:
      let context = parser.pointee.context.map {
        YAMLFault.Context(words: String(cString: $0), begin: Position(parser.pointee.context_mark))
      }
      if let context, context.words.utf8.elementsEqual("while scanning an alias".utf8) {
        return .noAlias(context.begin)
      }
      return .syntax(problem, Position(parser.pointee.problem_mark), within: context)
    }
  }
}
