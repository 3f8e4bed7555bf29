internal import Crypto

/// The name of a request in logs, replies and the record: the caller's own if it is sane, or a new one.
enum RequestID {
  static func adopt(_ value: String?) -> String {
    guard let value, (1...128).contains(value.utf8.count), value.utf8.allSatisfy(isSane) else {
      return Randomness.uuid()
    }
    return value
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

/// The `traceparent` field (W3C Trace Context): goes along as it came, and is recorded if it has the standard's form.
enum TraceParent {
  static func adopt(_ value: String) -> String? {
    let parts = value.utf8.split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count >= 4, value.utf8.count <= 128, parts[0].count == 2, parts[1].count == 32, parts[2].count == 16,
      parts[3].count == 2, value.utf8.allSatisfy({ $0 == UInt8(ascii: "-") || isLowerHex($0) })
    else { return nil }
    return value
  }

  private static func isLowerHex(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): true
    default: false
    }
  }
}
