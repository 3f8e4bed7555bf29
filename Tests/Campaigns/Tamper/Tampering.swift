/// One change of a file.
enum Tampering: Sendable, CustomStringConvertible {
  case flip(offset: Int, bit: Int)
  case cut(length: Int)

  /// - Parameter text: as `description` has it.
  init?(_ text: String) {
    let parts = text.split(separator: "-")
    let numbers = parts.dropFirst().compactMap { Int($0) }
    switch (parts.first, numbers.count) {
    case ("flip", 2): self = .flip(offset: numbers[0], bit: numbers[1])
    case ("cut", 1): self = .cut(length: numbers[0])
    default: return nil
    }
  }

  var description: String {
    switch self {
    case .flip(let offset, let bit): "flip-\(offset)-\(bit)"
    case .cut(let length): "cut-\(length)"
    }
  }

  var kind: String {
    switch self {
    case .flip: "bits flipped"
    case .cut: "tails cut off"
    }
  }

  func applied(to bytes: [UInt8]) -> [UInt8] {
    switch self {
    case .flip(let offset, let bit):
      var changed = bytes
      changed[offset] ^= 1 << UInt8(bit)
      return changed
    case .cut(let length): return Array(bytes[..<length])
    }
  }
}
