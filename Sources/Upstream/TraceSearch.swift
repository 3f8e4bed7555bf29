internal import CCurl

/// One search for traces of tokens in a text: looks at each run of bytes that is long enough for one, decodes it in
/// every way that it can be encoded in, and looks again at what that gives.
struct TraceSearch {
  /// A place in the text that is searched.
  struct Trace {
    let range: Range<Int>
    /// It is in the numbers there, not in the signs between them.
    let isOfNumbers: Bool
  }

  /// Encodings of encodings that are undone.
  static let deepest = 12
  /// Bytes that may be decoded for each of the text's, and at most: some 30 ms of a worker's time.
  private static let effort = 8
  private static let most = 4 << 20

  private let alphabet: TraceAlphabet
  private let classes: UnsafePointer<TraceAlphabet.Class>
  private let least: Int
  private let leastList: Int
  private var budget: Int
  private var found: [Trace] = []

  private init(_ alphabet: TraceAlphabet, _ classes: UnsafePointer<TraceAlphabet.Class>, budget: Int) {
    self.alphabet = alphabet
    self.classes = classes
    self.budget = budget
    least = alphabet.least
    leastList = alphabet.leastList
  }

  /// Where there are traces.
  static func traces(of alphabet: TraceAlphabet, in bytes: UnsafeBufferPointer<UInt8>) -> [Trace] {
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
    start = 0
    while let list = nextList(from: start, in: text.count, { text.bytes[$0] }) {
      start = list.upperBound + 1
      lookAtList(list, in: text, depth: depth)
    }
  }

  /// The next run of bytes that can be part of a trace, and that is long enough for one; of it no byte is left out.
  @inline(__always)
  private func nextRun(from start: Int, in count: Int, _ byte: (Int) -> UInt8) -> Range<Int>? {
    next(least, from: start, in: count) {
      classes[Int(byte($0))].isPart
    } unless: { index in
      classes[Int(byte(index))].isNUL && isFiller(index, in: count, byte)
    }
  }

  /// Whether a NUL stands beside other bytes. Among many there is nothing.
  @inline(__always)
  private func isFiller(_ index: Int, in count: Int, _ byte: (Int) -> UInt8) -> Bool {
    index > 0 && byte(index - 1) != 0 || index > 1 && byte(index - 2) != 0
      || index + 1 < count && byte(index + 1) != 0 || index + 2 < count && byte(index + 2) != 0
  }

  /// The next run of numbers, and what may stand between them, that is long enough for a trace.
  @inline(__always)
  private func nextList(from start: Int, in count: Int, _ byte: (Int) -> UInt8) -> Range<Int>? {
    next(leastList, from: start, in: count) {
      classes[Int(byte($0))].isListed
    } unless: { index in
      let kind = classes[Int(byte(index))]
      if kind.isListedLetter {
        let isWide = index > 1 && byte(index - 1) == 0
        return index > 0 && classes[Int(byte(isWide ? index - 2 : index - 1))].isBeforeLetter
      }
      return kind.isNUL && isFiller(index, in: count, byte)
    }
  }

  /// The next run of so many bytes or more.
  ///
  /// Of a text without one it looks at few bytes: backwards from where a run from `start` would have to reach, and what
  /// stops it there is where the next one can begin behind.
  ///
  /// - Parameter isException: asked of one that doesn't belong there by itself.
  @inline(__always)
  private func next(
    _ least: Int, from start: Int, in count: Int, _ belongs: (Int) -> Bool, unless isException: (Int) -> Bool
  ) -> Range<Int>? {
    var start = start
    while count - start >= least {
      var index = start + least - 1
      repeat {
        while index >= start, belongs(index) { index -= 1 }
        guard index >= start, isException(index) else { break }
        index -= 1
      } while true
      guard index < start else {
        start = index + 1
        continue
      }
      var end = start + least
      while end < count, belongs(end) || isException(end) { end += 1 }
      return start..<end
    }
    return nil
  }

  private mutating func look(at run: Range<Int>, in text: EncodedText.View, depth: Int) {
    for token in alphabet.tokens { find(token, at: run, in: text) }
    var hasEscape = false
    var isQuoted = false
    var isWide = false
    let equals = UInt8(ascii: "=")
    var base64 = run.lowerBound
    var base32 = run.lowerBound
    var hex = run.lowerBound
    for index in run {
      let kind = classes[Int(text.bytes[index])]
      if !kind.isAlphanumeric {
        if (index - base32) * 5 / 8 >= least { lookAtBase32(base32..<index, in: text, depth: depth) }
        base32 = index + 1
        if !kind.isBase64 {
          if (index - base64) * 6 / 8 >= least { lookAtBase64(base64..<index, in: text, depth: depth) }
          base64 = index + 1
          if kind.isEscape { hasEscape = true }
          if kind.isNUL { isWide = true }
          let next = index + 1
          if text.bytes[index] == equals, next < run.upperBound, text.bytes[next] != equals { isQuoted = true }
        }
      }
      if !kind.isHex {
        if (index - hex) / 2 >= least { lookAtHex(hex..<index, in: text, depth: depth) }
        hex = index + 1
      }
    }
    if (run.upperBound - base64) * 6 / 8 >= least { lookAtBase64(base64..<run.upperBound, in: text, depth: depth) }
    if (run.upperBound - base32) * 5 / 8 >= least { lookAtBase32(base32..<run.upperBound, in: text, depth: depth) }
    if (run.upperBound - hex) / 2 >= least { lookAtHex(hex..<run.upperBound, in: text, depth: depth) }
    if isWide {
      if spend(run.count, on: run, in: text, depth: depth) {
        look(in: EncodedText(narrowing: text, run), of: run, depth: depth)
      }
      return
    }
    if hasEscape, spend(run.count, on: run, in: text, depth: depth) {
      look(in: EncodedText(unescaping: text, run), of: run, depth: depth)
    }
    if isQuoted, spend(run.count, on: run, in: text, depth: depth) {
      look(in: EncodedText(unquoting: text, run), of: run, depth: depth)
    }
  }

  private mutating func look(in plain: EncodedText, of run: Range<Int>, depth: Int) {
    if plain.count < run.count, plain.count >= least { plain.withView { look(in: $0, depth: depth + 1) } }
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

  private mutating func lookAtBase32(_ digits: Range<Int>, in text: EncodedText.View, depth: Int) {
    for first in digits.lowerBound..<min(digits.lowerBound + 8, digits.upperBound) {
      let places = text.bytes + first
      for isHex in [false, true] {
        let digit = { [classes] (index: Int) in
          isHex ? classes[Int(places[index])].base32hex : classes[Int(places[index])].base32
        }
        // A byte is in two digits, or in three.
        let byte = { (index: Int) in
          let (place, over) = (index * 8 / 5, index * 8 % 5)
          let bits = digit(place) << 10 | digit(place + 1) << 5 | (over > 2 ? digit(place + 2) : 0)
          return UInt8(truncatingIfNeeded: bits >> UInt16(7 - over))
        }
        look(in: (digits.upperBound - first) * 5 / 8, byte, of: text, depth: depth) { index in
          (first + index * 8 / 5)..<(first + (index * 8 + 7) / 5 + 1)
        }
      }
    }
  }

  private mutating func lookAtList(_ part: Range<Int>, in text: EncodedText.View, depth: Int) {
    var digits = 0
    for index in part where classes[Int(text.bytes[index])].isHex { digits += 1 }
    guard digits >= leastList else { return }
    let list = NumberList(in: text, part)
    guard list.numbers.count > 1 else { return }
    for first in 0..<2 {
      let byte = { [classes] (index: Int) in
        classes[Int(text.bytes[Int(list.digits[first + index * 2])])].hex << 4
          | classes[Int(text.bytes[Int(list.digits[first + index * 2 + 1])])].hex
      }
      look(in: (list.digits.count - first) / 2, byte, of: text, isList: true, depth: depth) { index in
        Int(list.digits[first + index * 2])..<(Int(list.digits[first + index * 2 + 1]) + 1)
      }
    }
    for base in NumberList.bases {
      // Each of them, or each second: the others are their places in the list.
      for (first, step) in [(0, 1), (0, 2), (1, 2)] {
        let byte = { list.byte(first + $0 * step, base: base) }
        look(in: (list.numbers.count - first + step - 1) / step, byte, of: text, isList: true, depth: depth) { index in
          list.numbers[first + index * step]
        }
      }
    }
  }

  /// Looks at bytes that digits of a text stand for. Nearly always there is no run among them: then none is stored.
  ///
  /// - Parameter origin: the digits of a byte.
  @inline(__always)
  private mutating func look(
    in count: Int, _ byte: (Int) -> UInt8, of text: EncodedText.View, isList: Bool = false, depth: Int,
    origin: (Int) -> Range<Int>
  ) {
    var start = 0
    while let run = nextRun(from: start, in: count, byte) {
      start = run.upperBound + 1
      guard spend(run.count, on: place(of: run, origin), in: text, isList: isList, depth: depth) else { continue }
      let plain = EncodedText(of: text, isList: isList, run, byte, origin: origin)
      plain.withView { look(at: 0..<run.count, in: $0, depth: depth + 1) }
    }
    start = 0
    while let list = nextList(from: start, in: count, byte) {
      start = list.upperBound + 1
      guard spend(list.count, on: place(of: list, origin), in: text, isList: isList, depth: depth) else { continue }
      let plain = EncodedText(of: text, isList: isList, list, byte, origin: origin)
      plain.withView { lookAtList(0..<list.count, in: $0, depth: depth + 1) }
    }
  }

  private func place(of run: Range<Int>, _ origin: (Int) -> Range<Int>) -> Range<Int> {
    origin(run.lowerBound).lowerBound..<origin(run.upperBound - 1).upperBound
  }

  /// Whether a run may be decoded. Where it was decoded too often, or too much was, nobody will know what is in it:
  /// then it is taken for a trace.
  private mutating func spend(
    _ cost: Int, on run: Range<Int>, in text: EncodedText.View, isList: Bool = false, depth: Int
  ) -> Bool {
    budget -= cost
    guard depth >= Self.deepest || budget < 0 else { return true }
    // A backslash at its end can be one for the quote behind it.
    var end = run.upperBound
    while end > run.lowerBound, text.bytes[end - 1] == UInt8(ascii: "\\") { end -= 1 }
    if end > run.lowerBound { add(run.lowerBound..<end, of: text, isList: isList) }
    return false
  }

  private mutating func add(_ range: Range<Int>, of text: EncodedText.View, isList: Bool = false) {
    let isOfNumbers = text.isOfNumbers || isList && text.isOutermost
    found.append(Trace(range: text.origin(of: range), isOfNumbers: isOfNumbers))
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
      add(first..<start, of: text)
    }
  }
}
