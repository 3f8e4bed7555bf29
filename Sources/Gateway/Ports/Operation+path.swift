extension Operation {
  /// Where the truth about a command is: `/operations/{command_id}`, percent-encoded (RFC 3986, section 2.3).
  package static func path(of commandID: String) -> String {
    var path = Array("/operations/".utf8)
    for byte in commandID.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
        UInt8(ascii: "~"):
        path.append(byte)
      default:
        path.append(UInt8(ascii: "%"))
        path.append(hexDigit(byte >> 4))
        path.append(hexDigit(byte & 15))
      }
    }
    return String(decoding: path, as: UTF8.self)
  }

  private static func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "A") + nibble - 10
  }
}
