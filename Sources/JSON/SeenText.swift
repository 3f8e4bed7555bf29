extension Unicode.Scalar {
  /// Whether it is a visible character or a space: it neither moves a terminal's cursor, nor changes the direction of the
  /// text around it, nor begins another line, nor stands there without being seen.
  package var isSeen: Bool {
    if value < 0x7F { return value >= 0x20 }
    switch properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned, .privateUse: return false
    // Any other one looks like a plain space, or like nothing.
    case .spaceSeparator: return false
    // Fillers, joiners and variation selectors are letters and marks to Unicode, and yet nothing is drawn.
    default: return !properties.isDefaultIgnorableCodePoint && !Self.blanks.contains(value)
    }
  }
}

extension Unicode.Scalar {
  /// Signs that are nothing but room: Braille without a dot, a note without a head, Egyptian blanks, Khitan's filler.
  private static let blanks: Set<UInt32> = [0x2800, 0x1D159, 0x13441, 0x13442, 0x16FE4]
}

extension [UInt8] {
  /// This JSON text with what isn't seen in its strings escaped (RFC 8259, section 7). The same text to who parses it.
  package var withSeenText: [UInt8] {
    guard withUnsafeBytes({ $0.contains { $0 >= 0x7F } }) else { return self }
    var text: [UInt8] = []
    text.reserveCapacity(count + 64)
    for scalar in String(decoding: self, as: UTF8.self).unicodeScalars {
      // Outside of strings JSON is ASCII, and inside it has no control characters; what is between lines stays.
      if scalar.value < 0x7F { text.append(UInt8(scalar.value)) } else { text.append(seen: scalar) }
    }
    return text
  }

  /// Appends a character of a JSON string, escaped where it isn't seen.
  mutating func append(seen scalar: Unicode.Scalar) {
    if scalar.isSeen {
      append(contentsOf: UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter)
    } else {
      for unit in UTF16.encode(scalar) ?? UTF16.encodedReplacementCharacter { append(escaped: unit) }
    }
  }

  /// Appends `\uXXXX`.
  mutating func append(escaped unit: UInt16) {
    append(constant: "\\u")
    for shift in [12, 8, 4, 0] as [UInt16] {
      let digit = UInt8(truncatingIfNeeded: unit >> shift & 15)
      append(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
    }
  }
}
