internal import COpenSSL

extension [UInt8] {
  /// Standard Base64 with padding (RFC 4648, section 4), in one line.
  package var base64: String {
    // EVP_EncodeBlock ends what it writes with a NUL.
    let text = [UInt8](unsafeUninitializedCapacity: (count + 2) / 3 * 4 + 1) { text, length in
      length = Int(EVP_EncodeBlock(text.baseAddress, self, Int32(count)))
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// Reads what `base64` writes; nil where the text is anything else.
  package init?(base64: String) {
    let text = Array(base64.utf8)
    guard text.count % 4 == 0 else { return nil }
    let padding = text.suffix(2).count { $0 == UInt8(ascii: "=") }
    var length: Int32 = -1
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3) { bytes, count in
      length = EVP_DecodeBlock(bytes.baseAddress, text, Int32(text.count))
      count = Swift.max(Int(length) - padding, 0)
    }
    // The decoder forgives white space and stray bits; only one text may stand for the bytes.
    guard length >= 0, bytes.base64.utf8.elementsEqual(text) else { return nil }
    self = bytes
  }
}
