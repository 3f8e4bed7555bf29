extension Field {
  /// The field that a name looks like and isn't: its name but for case, for whatever stands between its words, and for
  /// characters that look like its own or like nothing at all.
  ///
  /// Such a name is no field to policy. It could be one to whoever reads the body behind it, or to a person who reads it.
  init?(resembling name: String) {
    guard let shape = NameShape(name), let field = Field.all.first(where: { shape.resembles(Field.letters[$0.index]) })
    else { return nil }
    self = field
  }

  private static let letters = all.map { field in NameShape(field.name).map { $0.signs.compactMap(\.self) } ?? [] }
}

/// What is left of a name for the eye: its letters, all of one case, each as the plainest one that looks like it.
///
/// No table of look-alikes: nearly all that have a Latin shape say so in their Unicode name, and any other sign may be
/// the letter in its place, or none, as long as most of the name is plain.
private struct NameShape {
  /// nil is a sign that might be any letter. At most 64.
  private(set) var signs: [UInt8?] = []

  /// nil where the name has too many letters for any field's.
  init?(_ name: String) {
    for scalar in name.unicodeScalars {
      if scalar.isASCII { append(UInt8(ascii: scalar)) } else { append(scalar) }
      if signs.count > 64 { return nil }
    }
  }

  /// - Parameter letters: a field's, as `signs` has them.
  func resembles(_ letters: [UInt8]) -> Bool {
    guard signs.count(where: { $0 == nil }) <= signs.count / 2 else { return false }
    // Bit n: the signs so far can be the first n letters.
    var reached: UInt64 = 1
    for sign in signs {
      var next: UInt64 = sign == nil ? reached : 0
      for (index, letter) in letters.enumerated() where sign == nil || sign == letter {
        next |= (reached >> UInt64(index) & 1) << UInt64(index + 1)
      }
      reached = next
      if reached == 0 { return false }
    }
    return reached >> UInt64(letters.count) & 1 == 1
  }

  private mutating func append(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): append(byte | 0x20)
    case UInt8(ascii: "l"), UInt8(ascii: "1"), UInt8(ascii: "|"): signs.append(UInt8(ascii: "i"))
    case UInt8(ascii: "0"): signs.append(UInt8(ascii: "o"))
    case UInt8(ascii: "n") where signs.last == UInt8(ascii: "r"): signs[signs.count - 1] = UInt8(ascii: "m")
    case UInt8(ascii: "v") where signs.last == UInt8(ascii: "v"): signs[signs.count - 1] = UInt8(ascii: "w")
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "2")...UInt8(ascii: "9"): signs.append(byte)
    default: break  // Stands between words, or can't be seen.
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    guard scalar.isSign else { return }
    let letters = scalar.latinLetters
    if letters.isEmpty { signs.append(nil) }
    for letter in letters { append(letter) }
  }
}

extension Unicode.Scalar {
  /// Whether there is something to see here that is no mark on another sign and no punctuation.
  fileprivate var isSign: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .mathSymbol, .currencySymbol, .otherSymbol:
      !properties.isDefaultIgnorableCodePoint
    default: false
    }
  }

  /// The letters that this is a form of, by its name: `FULLWIDTH LATIN SMALL LETTER M`, `CYRILLIC SMALL LETTER A`,
  /// `MATHEMATICAL BOLD ITALIC CAPITAL X`, `LATIN SMALL LIGATURE ST`.
  fileprivate var latinLetters: [UInt8] {
    guard let words = properties.name?.utf8.split(separator: UInt8(ascii: " ")) else { return [] }
    let longest = words.contains { $0.elementsEqual("LIGATURE".utf8) } ? 3 : 1
    return words.filter { $0.count <= longest && $0.allSatisfy { $0 >= UInt8(ascii: "A") } }.flatMap(Array.init)
  }
}
