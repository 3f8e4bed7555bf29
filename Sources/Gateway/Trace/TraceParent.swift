/// The name of a trace (W3C Trace Context, section 3.2.2.3): 16 bytes, not all of them zero.
package struct TraceID: Sendable, Hashable {
  package let high: UInt64
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// 32 digits, in lower case.
  package var hex: String { high.hex + low.hex }
}

/// The name of a span in its trace (section 3.2.2.4): 8 bytes, not all of them zero.
package struct SpanID: Sendable, Hashable {
  package let number: UInt64

  package init(number: UInt64) { self.number = number }

  /// 16 digits, in lower case.
  package var hex: String { number.hex }
}

/// A `traceparent` (W3C Trace Context, section 3.2): `VERSION-TRACE-SPAN-FLAGS`, in lower case.
package struct TraceParent: Sendable, Equatable {
  package static let name = "traceparent"
  package static let sampled: UInt8 = 1
  /// What there is of flags: `sampled`, and `random` of the standard's second level. Others are to be sent as zero.
  static let knownFlags: UInt8 = 3
  /// Bytes of one of version 00.
  private static let length = 55
  private static let dash = UInt8(ascii: "-")

  package let trace: TraceID
  /// Of the one who sends it.
  package let span: SpanID
  package let flags: UInt8

  package init(trace: TraceID, span: SpanID, flags: UInt8) {
    self.trace = trace
    self.span = span
    self.flags = flags
  }

  /// - Returns: nil where it is not in this form. A version later than 00 may have more behind a dash, and is otherwise read as
  ///   this one is (section 4.3).
  init?(_ text: Span<UInt8>) {
    guard text.count >= Self.length, text[2] == Self.dash, text[35] == Self.dash, text[52] == Self.dash,
      let version = Self.number(text, at: 0, digits: 2), version != 0xFF,
      let high = Self.number(text, at: 3, digits: 16), let low = Self.number(text, at: 19, digits: 16), high | low != 0,
      let span = Self.number(text, at: 36, digits: 16), span != 0,
      let flags = Self.number(text, at: 53, digits: 2)
    else { return nil }
    if text.count > Self.length {
      guard version != 0, text.count <= 128, text[Self.length] == Self.dash else { return nil }
      for index in Self.length..<text.count where text[index] <= 0x20 || text[index] >= 0x7F { return nil }
    }
    trace = TraceID(high: high, low: low)
    self.span = SpanID(number: span)
    self.flags = UInt8(truncatingIfNeeded: flags)
  }

  /// As it is sent: of version 00, the latest that is known here.
  package var text: String {
    unsafe String(unsafeUninitializedCapacity: Self.length) {
      unsafe write(to: UnsafeMutableRawPointer($0.baseAddress))
    }
  }

  package var bytes: [UInt8] {
    unsafe [UInt8](unsafeUninitializedCapacity: Self.length) { text, count in
      count = unsafe write(to: UnsafeMutableRawPointer(text.baseAddress))
    }
  }

  /// - Returns: how many bytes were written.
  private func write(to place: UnsafeMutableRawPointer?) -> Int {
    guard let place = unsafe place else { return 0 }
    // The version's two digits; what follows them here is written over.
    unsafe place.write(hex: 0, at: 0)
    unsafe place.write(hex: trace.high, at: 3)
    unsafe place.write(hex: trace.low, at: 19)
    unsafe place.write(hex: span.number, at: 36)
    let flags = UInt16(truncatingIfNeeded: UInt64(flags).hexDigits.low)
    unsafe place.storeBytes(of: flags.bigEndian, toByteOffset: 53, as: UInt16.self)
    unsafe place.storeBytes(of: Self.dash, toByteOffset: 2, as: UInt8.self)
    unsafe place.storeBytes(of: Self.dash, toByteOffset: 35, as: UInt8.self)
    unsafe place.storeBytes(of: Self.dash, toByteOffset: 52, as: UInt8.self)
    return Self.length
  }

  /// - Returns: nil where there is another character than the digits of base 16 in lower case.
  private static func number(_ text: Span<UInt8>, at start: Int, digits: Int) -> UInt64? {
    var number: UInt64 = 0
    for index in start..<(start + digits) {
      let digit = text[index]
      switch digit {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
      case UInt8(ascii: "a")...UInt8(ascii: "f"): number = number << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
      default: return nil
      }
    }
    return number
  }
}

extension UInt64 {
  /// Its 16 digits in base 16, in lower case, each a byte: the first eight and the last eight, the first of each in the highest
  /// byte.
  fileprivate var hexDigits: (high: UInt64, low: UInt64) {
    func digits(_ half: UInt64) -> UInt64 {
      var digits = half
      digits = (digits << 16 | digits) & 0x0000_FFFF_0000_FFFF
      digits = (digits << 8 | digits) & 0x00FF_00FF_00FF_00FF
      digits = (digits << 4 | digits) & 0x0F0F_0F0F_0F0F_0F0F
      // 1 in each byte that is above nine: there the letters are 39 further than what follows the digits.
      let letters = (digits &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
      return digits &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
    return (digits(self >> 32), digits(self & 0xFFFF_FFFF))
  }

  /// 16 digits in base 16, in lower case.
  fileprivate var hex: String {
    unsafe String(unsafeUninitializedCapacity: 16) { text in
      guard let place = UnsafeMutableRawPointer(text.baseAddress) else { return 0 }
      unsafe place.write(hex: self, at: 0)
      return 16
    }
  }
}

extension UnsafeMutableRawPointer {
  /// Writes 16 digits there.
  fileprivate func write(hex number: UInt64, at offset: Int) {
    let digits = number.hexDigits
    unsafe storeBytes(of: digits.high.bigEndian, toByteOffset: offset, as: UInt64.self)
    unsafe storeBytes(of: digits.low.bigEndian, toByteOffset: offset + 8, as: UInt64.self)
  }
}
