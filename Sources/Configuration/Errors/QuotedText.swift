/// What errors of a configuration quote of its files. A key or a token that was pasted to a wrong place must not go on from there
/// to the log and to whoever asks how a reload went.
extension String {
  /// Short, and without what looks like a secret: as an error quotes a value.
  var quoted: String { withoutSecrets.shortened }

  /// With the first four characters alone of whatever looks like a secret (`KEY0…`). A path stays readable: each of its parts is
  /// looked at by itself.
  package var withoutSecrets: String {
    let bytes = Array(utf8)
    var result: [UInt8] = []
    var start = 0
    while start < bytes.count {
      var end = start
      while end < bytes.count, bytes[end].isOfSecret { end += 1 }
      let run = bytes[start..<end]
      if run.looksRandom {
        result += run.prefix(4)
        result += "…".utf8
      } else {
        result += run
      }
      if end < bytes.count { result.append(bytes[end]) }
      start = end + 1
    }
    return String(decoding: result, as: UTF8.self)
  }

  /// Whether this may be a key or a token that somebody has pasted: long, without a space, with a digit in it, and no path.
  var looksLikeSecret: Bool {
    utf8.starts(with: "convene_".utf8)
      || utf8.count >= 24 && utf8.contains { $0.isDigit }
        && utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "/") }
      || Array(utf8)[...].looksRandom
  }

  var leakAdvice: String { looksLikeSecret ? "; this looks like the secret itself: treat it as leaked" : "" }
}

extension ArraySlice<UInt8> {
  /// Of characters that secrets are made of: whether it is one. Telnyx's API keys and callers' keys are known by how they begin;
  /// another one by its length, and by letters and digits that take turns as in no name.
  fileprivate var looksRandom: Bool {
    if hasDigits(behind: "KEY") || hasDigits(behind: "convene_") { return true }
    let parts = split(whereSeparator: { !$0.isLetterOrDigit }).withoutUUIDs
    let length = parts.reduce(0) { $0 + $1.count }
    guard length >= 22 else { return false }
    // No word is as long.
    let isLong = parts.contains { $0.count >= 24 && $0.allSatisfy(\.isHexDigit) || $0.count >= 32 }
    let turns = parts.reduce(0) { sum, part in sum + zip(part, part.dropFirst()).count { $0.turns(to: $1) } }
    return isLong || turns * 4 >= length
  }

  /// Whether so many hex digits follow the word that they are a key's.
  private func hasDigits(behind word: StaticString) -> Bool {
    let word = UnsafeBufferPointer(start: word.utf8Start, count: word.utf8CodeUnitCount)
    return indices.contains { index in
      self[index...].starts(with: word)
        && self[index...].dropFirst(word.count).prefix(12).count(where: \.isHexDigit) == 12
    }
  }
}

extension [ArraySlice<UInt8>] {
  /// A UUID names something, a pod's folder or a temporary one; it is no secret.
  fileprivate var withoutUUIDs: Self {
    let lengths = [8, 4, 4, 4, 12]
    var rest: Self = []
    var index = 0
    while index < count {
      let next = self[index...].prefix(lengths.count)
      if next.map(\.count) == lengths, next.allSatisfy({ $0.allSatisfy(\.isHexDigit) }) {
        index += lengths.count
      } else {
        rest.append(self[index])
        index += 1
      }
    }
    return rest
  }
}

extension UInt8 {
  /// Base64 of either alphabet, less the slash, which parts names in a path.
  fileprivate var isOfSecret: Bool { isLetterOrDigit || "+=-_".utf8.contains(self) }
  fileprivate var isLetterOrDigit: Bool { isDigit || isUpper || isLower }
  fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
  fileprivate var isUpper: Bool { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) }
  fileprivate var isLower: Bool { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self) }
  fileprivate var isHexDigit: Bool { isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(self | 0x20) }

  /// From letters to digits, or back, or from small letters to large ones. A word may begin with a large one.
  fileprivate func turns(to next: UInt8) -> Bool { isDigit != next.isDigit || isLower && next.isUpper }
}
