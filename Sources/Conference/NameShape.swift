/// What is left of a name for the eye, as the skeleton of UTS #39 (section 4) is: its letters, all of one case, each as
/// the plainest one that looks like it. What stands between words, marks on letters, and what can't be seen is left
/// out.
struct NameShape: Sendable, Equatable {
  private struct Sign: Sendable, Equatable {
    /// Bit n: it can be the n-th letter of the alphabet.
    let letters: UInt32
    /// It may as well stand between words.
    var isOptional = false
  }

  /// Of a field's name 62 at most: with the name's beginning, places fit into a word.
  private var signs: [Sign] = []

  /// A field's own: each letter is itself alone.
  init(ofField name: String) {
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "i"), UInt8(ascii: "l"): signs.append(Sign(letters: Self.bit(byte)))
      default: append(byte)
      }
    }
  }

  /// nil where the name has too many letters for any field's, those left out that may as well stand between words.
  init?(_ name: String) {
    var (looked, letters) = (0, 0)
    for scalar in name.unicodeScalars {
      if scalar.isASCII { append(UInt8(ascii: scalar)) } else { append(scalar) }
      for sign in signs[looked...] where !sign.isOptional { letters += 1 }
      looked = signs.count
      if letters > 62 { return nil }
    }
  }

  /// - Parameter field: has no optional sign.
  func resembles(_ field: NameShape) -> Bool {
    // Bit n: the signs so far can be the first n letters.
    var reached: UInt64 = 1
    for sign in signs {
      var next: UInt64 = sign.isOptional ? reached : 0
      for (index, letter) in field.signs.enumerated() where sign.letters & letter.letters != 0 {
        next |= (reached >> UInt64(index) & 1) << UInt64(index + 1)
      }
      reached = next
      if reached == 0 { return false }
    }
    return reached >> UInt64(field.signs.count) & 1 == 1
  }

  private mutating func append(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "I"): append(UInt8(ascii: "l"))
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): append(byte | 0x20)
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): append(letters: Self.likes(byte))
    case UInt8(ascii: "!"), UInt8(ascii: "|"): append("il", isOptional: true)
    case UInt8(ascii: "@"): append("a", isOptional: true)
    case UInt8(ascii: "$"): append("s", isOptional: true)
    case UInt8(ascii: "+"): append("t", isOptional: true)
    default: break  // Stands between words, or can't be seen.
    }
  }

  private mutating func append(_ scalar: Unicode.Scalar) {
    if scalar == "\u{A1}" { return append(UInt8(ascii: "!")) }
    guard scalar.isSign else { return }
    guard let letters = LookAlikes.letters(scalar) ?? scalar.latinLetters ?? scalar.latinDigit else {
      signs.append(Sign(letters: 0))
      return
    }
    // The table doesn't tell `i` from `l`.
    for letter in letters { append(letter == UInt8(ascii: "i") ? UInt8(ascii: "l") : letter) }
  }

  private mutating func append(letters: String) {
    for letter in letters.split(separator: ",") {
      signs.append(Sign(letters: letter.utf8.reduce(0) { $0 | Self.bit($1) }))
    }
  }

  private mutating func append(_ letter: String, isOptional: Bool) {
    signs.append(Sign(letters: letter.utf8.reduce(0) { $0 | Self.bit($1) }, isOptional: isOptional))
  }

  private static func bit(_ letter: UInt8) -> UInt32 { 1 << UInt32(letter &- UInt8(ascii: "a")) }

  /// What a letter or a digit looks like: one sign for each comma, and one more; of each sign what it can be. An `l`
  /// can be taken for an `i`; an `i` has its dot, and `..._uri` is not `..._url`.
  private static func likes(_ byte: UInt8) -> String {
    switch Character(Unicode.Scalar(byte)) {
    case "m": "r,n"
    case "w": "v,v"
    case "l", "1": "il"
    case "0": "o"
    case "2": "z"
    case "3": "e"
    case "4": "a"
    case "5": "s"
    case "6": "bg"
    case "7": "t"
    case "8": "b"
    case "9": "gq"
    default: String(Unicode.Scalar(byte))
    }
  }
}

extension Unicode.Scalar {
  /// Whether there is something to see here that is no mark on another sign and no punctuation.
  fileprivate var isSign: Bool {
    switch properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
      .letterNumber, .otherNumber, .mathSymbol, .currencySymbol, .otherSymbol:
      !properties.isDefaultIgnorableCodePoint && value != 0x2800
    default: false
    }
  }

  /// The letters that this is a form of, by its name: `FULLWIDTH LATIN SMALL LETTER M`, `MATHEMATICAL BOLD ITALIC
  /// CAPITAL X`, `LATIN SMALL LIGATURE ST`. A letter of another script whose name is one letter need not look like it.
  fileprivate var latinLetters: [UInt8]? {
    guard let words = properties.name?.utf8.split(separator: UInt8(ascii: " ")), let first = words.first else {
      return nil
    }
    let isLatin = { (word: Substring.UTF8View.SubSequence) in word.elementsEqual("LATIN".utf8) }
    guard words.contains(where: isLatin) || Self.forms.contains(where: { $0.utf8.elementsEqual(first) }) else {
      return nil
    }
    let longest = words.contains { $0.elementsEqual("LIGATURE".utf8) } ? 3 : 1
    let letters = words.filter { $0.count <= longest && $0.allSatisfy { $0 >= UInt8(ascii: "A") } }.flatMap(Array.init)
    return letters.isEmpty ? nil : letters
  }

  /// The digit that this is a form of.
  fileprivate var latinDigit: [UInt8]? {
    guard let first = properties.name?.utf8.prefix(while: { $0 != UInt8(ascii: " ") }),
      Self.digitForms.contains(where: { $0.utf8.elementsEqual(first) }), let value = properties.numericValue,
      let digit = UInt8(exactly: value), digit <= 9
    else { return nil }
    return [UInt8(ascii: "0") + digit]
  }

  private static let digitForms = [
    "FULLWIDTH", "SUPERSCRIPT", "SUBSCRIPT", "CIRCLED", "NEGATIVE", "DOUBLE", "PARENTHESIZED",
  ]

  private static let forms = [
    "MATHEMATICAL", "MODIFIER", "DOUBLE-STRUCK", "SCRIPT", "BLACK-LETTER", "REGIONAL",
  ]
}
