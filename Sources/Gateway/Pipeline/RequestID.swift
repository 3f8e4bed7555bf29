internal import Conference
internal import Crypto

/// The name of a request in logs, replies and the record: the caller's own if it is sane, or a new one.
///
/// One that isn't visible ASCII is refused, once it is known who calls: whoever looks for it in the record would not find
/// it. Any other is replaced, since it harms nobody and many a proxy makes its own.
enum RequestID {
  private static let field = "x-request-id"

  static func adopt(_ fields: HeaderFields) -> String {
    guard let value = fields.valueRange(of: field), (1...128).contains(value.count),
      fields.bytes[value].allSatisfy(isSane), fields.count(of: field) == 1
    else { return Randomness.uuid() }
    return fields.text(value)
  }

  static func check(_ fields: HeaderFields) throws(Refusal) {
    guard fields.areVisible(field) else {
      throw .badRequest("X-Request-Id has a character other than visible ASCII")
    }
  }

  private static func isSane(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."),
      UInt8(ascii: ":"), UInt8(ascii: "/"), UInt8(ascii: "+"), UInt8(ascii: "="):
      true
    default: false
    }
  }
}
