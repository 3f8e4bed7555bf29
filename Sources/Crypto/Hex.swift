extension [UInt8] {
  /// Two lower-case hex digits a byte.
  package var hex: String { withUnsafeBytes { $0.hex } }

  /// Appends two lower-case hex digits for each of some bytes.
  package mutating func append(hexOf bytes: [UInt8]) {
    append(addingCapacity: bytes.count * 2) { text in
      text.withUnsafeMutableBufferPointer { text, count in
        for (index, byte) in bytes.enumerated() {
          text[index * 2] = Self.hexDigit(byte >> 4)
          text[index * 2 + 1] = Self.hexDigit(byte & 15)
        }
        count = bytes.count * 2
      }
    }
  }

  /// Reads hex digits of either case; nil where the text is anything else.
  package init?(hex: String) {
    let digits = hex.utf8
    guard digits.count % 2 == 0 else { return nil }
    self.init()
    reserveCapacity(digits.count / 2)
    var high: UInt8?
    for digit in digits {
      let nibble: UInt8
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): nibble = digit - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): nibble = digit - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): nibble = digit - UInt8(ascii: "A") + 10
      default: return nil
      }
      if let first = high {
        append(first << 4 | nibble)
        high = nil
      } else {
        high = nibble
      }
    }
  }

  static func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }
}

extension UnsafeRawBufferPointer {
  /// Two lower-case hex digits a byte.
  var hex: String {
    String(unsafeUninitializedCapacity: count * 2) { text in
      for index in indices {
        text[index * 2] = [UInt8].hexDigit(self[index] >> 4)
        text[index * 2 + 1] = [UInt8].hexDigit(self[index] & 15)
      }
      return count * 2
    }
  }
}
