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
    private var left = 0

    /// 16 bytes. They stay here until the next ones are drawn: they are no secret.
    mutating func take() -> (high: UInt64, low: UInt64) {
      if left == 0 {
        bytes = Randomness.bytes(2048)
        left = bytes.count
      }
      left -= 16
      return bytes.withUnsafeBytes { bytes in
        (
          bytes.loadUnaligned(fromByteOffset: left, as: UInt64.self).bigEndian,
          bytes.loadUnaligned(fromByteOffset: left + 8, as: UInt64.self).bigEndian
        )
      }
    }
  }

  /// A random UUID (RFC 9562, version 4), in lower case. A name, not a secret: many are drawn at once, since to ask
  /// libcrypto's generator for 16 bytes costs what asking for some hundred does.
  package static func uuid() -> String {
    var (high, low) = supply.withLock { $0.take() }
    high = high & ~0xF000 | 0x4000
    low = low & ~(0b11 << 62) | 0b10 << 62
    return String(unsafeUninitializedCapacity: 36) { text in
      for index in 0..<36 {
        switch index {
        case 8, 13, 18, 23: text[index] = UInt8(ascii: "-")
        case ..<18:
          high = high << 4 | high >> 60
          text[index] = [UInt8].hexDigit(UInt8(truncatingIfNeeded: high & 15))
        default:
          low = low << 4 | low >> 60
          text[index] = [UInt8].hexDigit(UInt8(truncatingIfNeeded: low & 15))
        }
      }
      return 36
    }
  }
}
