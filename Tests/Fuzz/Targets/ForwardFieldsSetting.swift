@testable internal import Configuration

/// `upstream.forward_fields`, read as a gateway's file is.
struct ForwardFieldsSetting {
  /// Those that may be passed on, in lower case; whatever else was written is an error of the file.
  let names: [String]

  init(_ written: [String]) {
    let position = Position(line: 1, column: 1)
    let elements = written.map { YAMLValue(position: position, content: .string, text: $0) }
    let reader = FileReader(file: "gateway.yaml", diagnostics: Diagnostics())
    names = reader.forwardedFields(YAMLValue(position: position, content: .sequence(elements), text: ""))
  }
}
