/// The numbers in a part of a text that has nothing else but blanks and signs between them: `4b:45:59`, `0x4b, 0x45`,
/// `[75, 69, 89]`, `{"0":75,"1":69}`, `4b45 5930`.
struct NumberList {
  /// Bases that a number may be written in.
  static let bases: [UInt8] = [16, 10, 8, 2]

  private let text: UnsafePointer<UInt8>
  /// The digits of each, without what only tells how they are written: `0x`, `\x`, `U+`.
  let numbers: [Range<Int>]
  /// Where each digit is.
  let digits: [Int32]

  init(in text: EncodedText.View, _ part: Range<Int>) {
    self.text = text.bytes
    var numbers: [Range<Int>] = []
    var digits: [Int32] = []
    var start: Int?
    // Of UTF-16 the NULs are nothing.
    for index in part where text.bytes[index] != 0 {
      if EncodedText.hexValue(text.bytes[index]) != nil {
        if start == nil { start = index }
        digits.append(Int32(truncatingIfNeeded: index))
        continue
      }
      guard let first = start else { continue }
      start = nil
      if text.bytes[index] | 0x20 == UInt8(ascii: "x"), let last = digits.last.map(Int.init),
        text.bytes[last] == UInt8(ascii: "0")
      {
        digits.removeLast()
        if first < last { numbers.append(first..<last) }
      } else {
        numbers.append(first..<index)
      }
    }
    if let start { numbers.append(start..<part.upperBound) }
    self.numbers = numbers
    self.digits = digits
  }

  /// A number's value; where it is none of one byte, one that no token has.
  func byte(_ number: Int, base: UInt8) -> UInt8 {
    var value = 0
    for index in numbers[number] where text[index] != 0 {
      guard let digit = EncodedText.hexValue(text[index]), digit < base, value < 256 else { return .max }
      value = value * Int(base) + Int(digit)
    }
    return UInt8(clamping: value)
  }
}
