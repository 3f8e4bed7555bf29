internal import JSON

extension String {
  /// This text with everything escaped that is no visible character or a plain space: a value of somebody else's must
  /// not move a terminal's cursor, change the direction of the text around it, or begin another line.
  var visible: String { visible(lines: false) }

  /// The same of a text of several lines.
  var visibleLines: String { visible(lines: true) }

  private func visible(lines: Bool) -> String {
    var text = ""
    for scalar in unicodeScalars {
      if scalar.isSeen || lines && scalar == "\n" {
        text.unicodeScalars.append(scalar)
      } else {
        text += "\\u{\(String(scalar.value, radix: 16))}"
      }
    }
    return text
  }
}

extension JSONValue {
  /// A string's own text; of any other value its JSON.
  var plainText: String { string ?? String(decoding: text, as: UTF8.self) }
}
