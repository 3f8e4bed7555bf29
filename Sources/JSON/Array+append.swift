// `append(contentsOf:)` is generic, and costs a hundred instructions for each piece of a few bytes that a text is made of.
// These check once whether there is room, and copy.
extension [UInt8] {
  /// Appends bytes as they are.
  package mutating func append(copying bytes: UnsafeRawBufferPointer) {
    guard let source = bytes.baseAddress else { return }
    append(room: bytes.count) { place in
      place.copyMemory(from: source, byteCount: bytes.count)
      return bytes.count
    }
  }

  package mutating func append(copying bytes: [UInt8]) {
    bytes.withUnsafeBytes { append(copying: $0) }
  }

  package mutating func append(constant text: StaticString) {
    append(copying: UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  /// Appends a text's UTF-8.
  package mutating func append(text: String) {
    let isAppended: Void? = text.utf8.withContiguousStorageIfAvailable { append(copying: UnsafeRawBufferPointer($0)) }
    if isAppended == nil { append(contentsOf: text.utf8) }
  }

  /// Appends a number in decimal digits.
  package mutating func append(decimal integer: Int64) {
    // As many as the longest has, with its sign.
    append(room: 20) { place in
      var rest = integer.magnitude
      var start = 20
      repeat {
        start -= 1
        let (quotient, digit) = rest.quotientAndRemainder(dividingBy: 10)
        place.storeBytes(of: UInt8(ascii: "0") + UInt8(truncatingIfNeeded: digit), toByteOffset: start, as: UInt8.self)
        rest = quotient
      } while rest > 0
      if integer < 0 {
        start -= 1
        place.storeBytes(of: UInt8(ascii: "-"), toByteOffset: start, as: UInt8.self)
      }
      // They came last first, at the end of the room.
      place.copyMemory(from: place + start, byteCount: 20 - start)
      return 20 - start
    }
  }

  package mutating func append(decimal integer: Int) { append(decimal: Int64(integer)) }

  /// Appends what `write` puts at the place that it is given.
  ///
  /// - Parameters:
  ///   - room: bytes that there surely are at that place.
  ///   - write: returns how many bytes it has put there, one behind the other.
  mutating func append(room: Int, _ write: (UnsafeMutableRawPointer) -> Int) {
    append(addingCapacity: room) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in
        if let place = UnsafeMutableRawPointer(buffer.baseAddress) { count = write(place) }
      }
    }
  }
}
