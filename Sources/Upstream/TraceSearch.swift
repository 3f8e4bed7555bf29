internal import CCurl

/// One search for traces of tokens in a text: looks at each run of bytes that is long enough for one, decodes it in
/// every way that it can be encoded in, and looks again at what that gives.
struct TraceSearch {
  /// Encodings of encodings that are undone.
  static let deepest = 12
  /// Bytes that may be decoded for each of the text's, and at most: some 30 ms of a worker's time.
  private static let effort = 8
  private static let most = 4 << 20

  private let alphabet: TraceAlphabet
  private let classes: UnsafePointer<TraceAlphabet.Class>
  private let least: Int
  private var budget: Int
  private var found: [Range<Int>] = []

  private init(_ alphabet: TraceAlphabet, _ classes: UnsafePointer<TraceAlphabet.Class>, budget: Int) {
    self.alphabet = alphabet
    self.classes = classes
    self.budget = budget
    least = alphabet.least
  }

  /// Where there are traces.
  static func ranges(of alphabet: TraceAlphabet, in bytes: UnsafeBufferPointer<UInt8>) -> [Range<Int>] {
    guard let start = bytes.baseAddress else { return [] }
    return alphabet.withClasses { classes in
      var search = TraceSearch(alphabet, classes, budget: min(bytes.count * effort + 4096, most))
      search.look(in: EncodedText.View(start, count: bytes.count), depth: 0)
      return search.found
    }
  }

  private mutating func look(in text: EncodedText.View, depth: Int) {
    var start = 0
    while let run = nextRun(from: start, in: text.count, { text.bytes[$0] }) {
      start = run.upperBound + 1
      look(at: run, in: text, depth: depth)
    }
  }

  /// The next run of bytes that can be part of a trace, and that is long enough for one; of it no byte is left out.
  ///
  /// Of a text without one it looks at few bytes: backwards from where a run from `start` would have to reach, and what
  /// stops it there is where the next one can begin behind.
  @inline(__always)
  private func nextRun(from start: Int, in count: Int, _ byte: (Int) -> UInt8) -> Range<Int>? {
    var start = start
    while count - start >= least {
      var index = start + least - 1
      while index >= start, classes[Int(byte(index))].isPart { index -= 1 }
      guard index < start else {
        start = index + 1
        continue
      }
      var end = start + least
      while end < count, classes[Int(byte(end))].isPart { end += 1 }
      return start..<end
    }
    return nil
  }

  private mutating func look(at run: Range<Int>, in text: EncodedText.View, depth: Int) {
    for token in alphabet.tokens { find(token, at: run, in: text) }
    var hasEscape = false
    var base64 = run.lowerBound
    var hex = run.lowerBound
    for index in run {
      let kind = classes[Int(text.bytes[index])]
      if kind.isEscape { hasEscape = true }
      if !kind.isBase64 {
        if (index - base64) * 6 / 8 >= least { lookAtBase64(base64..<index, in: text, depth: depth) }
        base64 = index + 1
      }
      if !kind.isHex {
        if (index - hex) / 2 >= least { lookAtHex(hex..<index, in: text, depth: depth) }
        hex = index + 1
      }
    }
    if (run.upperBound - base64) * 6 / 8 >= least { lookAtBase64(base64..<run.upperBound, in: text, depth: depth) }
    if (run.upperBound - hex) / 2 >= least { lookAtHex(hex..<run.upperBound, in: text, depth: depth) }
    guard hasEscape, spend(run.count, on: run, in: text, depth: depth) else { return }
    let plain = EncodedText(unescaping: text, run)
    if plain.count < run.count { plain.withView { look(in: $0, depth: depth + 1) } }
  }

  private mutating func lookAtBase64(_ digits: Range<Int>, in text: EncodedText.View, depth: Int) {
    // Where among its four digits the first one stands nobody knows.
    for first in digits.lowerBound..<min(digits.lowerBound + 4, digits.upperBound) {
      let places = text.bytes + first
      let byte = { [classes] (index: Int) in
        let place = places + index * 8 / 6
        let bits = classes[Int(place[0])].base64 << 6 | classes[Int(place[1])].base64
        return UInt8(truncatingIfNeeded: bits >> UInt16(4 - index * 8 % 6))
      }
      look(in: (digits.upperBound - first) * 6 / 8, byte, of: text, depth: depth) { index in
        (first + index * 8 / 6)..<(first + (index * 8 + 7) / 6 + 1)
      }
    }
  }

  private mutating func lookAtHex(_ digits: Range<Int>, in text: EncodedText.View, depth: Int) {
    for first in digits.lowerBound..<min(digits.lowerBound + 2, digits.upperBound) {
      let places = text.bytes + first
      let byte = { [classes] (index: Int) in
        classes[Int(places[index * 2])].hex << 4 | classes[Int(places[index * 2 + 1])].hex
      }
      look(in: (digits.upperBound - first) / 2, byte, of: text, depth: depth) { index in
        (first + index * 2)..<(first + index * 2 + 2)
      }
    }
  }

  /// Looks at bytes that digits of a text stand for. Nearly always there is no run among them: then none is stored.
  ///
  /// - Parameter origin: the digits of a byte.
  @inline(__always)
  private mutating func look(
    in count: Int, _ byte: (Int) -> UInt8, of text: EncodedText.View, depth: Int, origin: (Int) -> Range<Int>
  ) {
    var start = 0
    while let run = nextRun(from: start, in: count, byte) {
      start = run.upperBound + 1
      let place = origin(run.lowerBound).lowerBound..<origin(run.upperBound - 1).upperBound
      guard spend(run.count, on: place, in: text, depth: depth) else { continue }
      let plain = EncodedText(of: text, run, byte, origin: origin)
      plain.withView { look(in: $0, depth: depth + 1) }
    }
  }

  /// Whether a run may be decoded. Where it was decoded too often, or too much was, nobody will know what is in it:
  /// then it is taken for a trace.
  private mutating func spend(_ cost: Int, on run: Range<Int>, in text: EncodedText.View, depth: Int) -> Bool {
    budget -= cost
    guard depth >= Self.deepest || budget < 0 else { return true }
    // A backslash at its end can be one for the quote behind it.
    var end = run.upperBound
    while end > run.lowerBound, text.bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
    if end > run.lowerBound { found.append(text.origin(of: run.lowerBound..<end)) }
    return false
  }

  private mutating func find(_ token: TraceAlphabet.Token, at run: Range<Int>, in text: EncodedText.View) {
    let length = token.text.count
    guard run.count >= length, memchr(text.bytes + run.lowerBound, Int32(token.rarest), run.count) != nil else {
      return
    }
    var start = run.lowerBound
    while let place = memmem(text.bytes + start, run.upperBound - start, token.text, length) {
      let first = UnsafeRawPointer(place) - UnsafeRawPointer(text.bytes)
      start = first + length
      found.append(text.origin(of: first..<start))
    }
  }
}
