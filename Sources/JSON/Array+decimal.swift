extension [UInt8] {
  /// Appends a number in decimal digits.
  package mutating func append(decimal integer: Int64) {
    var rest = integer.magnitude
    if integer < 0 { append(UInt8(ascii: "-")) }
    let start = count
    repeat {
      append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
      rest /= 10
    } while rest > 0
    // The digits came last first. (`self[start...].reverse()` would copy all that is written so far.)
    var (low, high) = (start, count - 1)
    while low < high {
      swapAt(low, high)
      (low, high) = (low + 1, high - 1)
    }
  }

  package mutating func append(decimal integer: Int) { append(decimal: Int64(integer)) }
}
