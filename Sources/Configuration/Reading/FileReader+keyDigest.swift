internal import Crypto

extension FileReader {
  /// The SHA-256 of a key, as `convene key new` prints it: 32 bytes.
  func keyDigest(_ value: YAMLValue, _ key: String) -> [UInt8]? {
    // Without quotes a digest of digits alone is a number to YAML; its characters are the same.
    guard value.text.utf8.count == 64, let digest = [UInt8](hex: value.text) else {
      reportDigest(value, key)
      return nil
    }
    return digest
  }

  /// Quotes nothing: what stands here may be the key.
  private func reportDigest(_ value: YAMLValue, _ key: String) {
    let length = value.text.utf8.count
    let isHex = value.text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20)
    }
    // Of the right length it is a digest with a slip of the pen in it.
    if value.text.looksLikeSecret, !isHex, length != 64 {
      report(
        value,
        "\(key) looks like the key itself: treat it as leaked, make another one (convene key new), and put the"
          + " SHA-256 of that here, 64 hex digits")
    } else {
      let found = isHex ? ", has \(length)" : ""
      report(value, "\(key) must be 64 hex digits, the SHA-256 of the key\(found)")
    }
  }
}
