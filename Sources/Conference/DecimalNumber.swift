/// A number as decimal digits and a power of ten: 0.digits x 10^exponent.
struct DecimalNumber: Equatable {
  private let text: String
  private let isNegative: Bool
  /// Without zeros at either end; none for zero.
  private let digits: [UInt8]
  private let exponent: Int

  /// - Parameter text: a JSON number with a fraction or an exponent, or what Swift writes for a double.
  /// - Returns: nil for anything else, an integer too, and where the exponent is out of all bounds.
  init?(_ text: String) {
    let parts = text.utf8.split(omittingEmptySubsequences: false) { $0 | 0x20 == UInt8(ascii: "e") }
    let point = UInt8(ascii: ".")
    guard let mantissa = parts.first, parts.count == 2 || mantissa.contains(point) else { return nil }
    isNegative = mantissa.first == UInt8(ascii: "-")
    let whole = mantissa.drop { $0 == UInt8(ascii: "-") }.prefix { $0 != point }
    let all = mantissa.filter { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let significant = all.drop { $0 == UInt8(ascii: "0") }
    digits = Array(significant.reversed().drop { $0 == UInt8(ascii: "0") }.reversed())
    guard let power = parts.count == 2 ? Int(Substring(parts[1])) : 0, abs(power) < 1 << 32 else { return nil }
    exponent = digits.isEmpty ? 0 : power + whole.count - (all.count - significant.count)
    self.text = text
  }

  /// The shortest text that reads as the double nearest to this, where that is this very number.
  var textOfEqualDouble: String? {
    guard let double = Double(text), double.isFinite else { return nil }
    let shortest = double.description
    return DecimalNumber(shortest) == self ? shortest : nil
  }

  static func == (left: DecimalNumber, right: DecimalNumber) -> Bool {
    left.isNegative == right.isNegative && left.digits == right.digits && left.exponent == right.exponent
  }
}
