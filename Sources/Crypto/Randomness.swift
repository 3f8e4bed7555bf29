internal import COpenSSL
internal import Synchronization

/// Bytes that nobody can guess, from libcrypto's generator.
package enum Randomness {
  /// Traps where the system has no randomness: nothing that Convene does is safe then.
  package static func bytes(_ count: Int) -> [UInt8] {
    [UInt8](unsafeUninitializedCapacity: count) { bytes, initialized in
      precondition(RAND_bytes(bytes.baseAddress, Int32(count)) == 1, "libcrypto has no randomness")
      initialized = count
    }
  }

  private static let supply = Mutex(Supply())

  private struct Supply: Sendable {
    private var bytes: [UInt8] = []

    mutating func take() -> [UInt8] {
      if bytes.isEmpty { bytes = Randomness.bytes(2048) }
      defer { bytes.removeLast(16) }
      return Array(bytes.suffix(16))
    }
  }

  /// A random UUID (RFC 9562, version 4), in lower case. A name, not a secret: many are drawn at once, since to ask
  /// libcrypto's generator for 16 bytes costs what asking for some hundred does.
  package static func uuid() -> String {
    var bytes = supply.withLock { $0.take() }
    bytes[6] = bytes[6] & 0x0F | 0x40
    bytes[8] = bytes[8] & 0x3F | 0x80
    return String(unsafeUninitializedCapacity: 36) { text in
      var end = 0
      for (index, byte) in bytes.enumerated() {
        if index == 4 || index == 6 || index == 8 || index == 10 {
          text[end] = UInt8(ascii: "-")
          end += 1
        }
        text[end] = [UInt8].hexDigit(byte >> 4)
        text[end + 1] = [UInt8].hexDigit(byte & 15)
        end += 2
      }
      return end
    }
  }
}
