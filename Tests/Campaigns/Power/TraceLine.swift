/// One system call as strace writes it down, `PID call(ARGUMENTS) = RESULT`, with every text in hexadecimal (`-xx`) and the
/// path of every descriptor behind it (`-y`). So no byte of a text can be taken for one of the line.
struct TraceLine {
  let call: String
  /// Between the parentheses.
  let arguments: ArraySlice<UInt8>
  /// nil where the call has only begun.
  let result: Int?
  /// Told before, when it began.
  let isSecond: Bool

  /// A descriptor's path, where that is the first argument.
  var path: String? {
    guard let open = arguments.firstIndex(of: UInt8(ascii: "<")), !arguments[..<open].contains(UInt8(ascii: ",")),
      let close = arguments.firstIndex(of: UInt8(ascii: ">"))
    else { return nil }
    return String(decoding: Self.decoded(arguments[(open + 1)..<close]), as: UTF8.self)
  }

  /// The descriptor that is the first argument.
  var descriptor: Int? {
    Int(String(decoding: arguments.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }, as: UTF8.self))
  }

  /// All texts among the arguments, in order.
  var texts: [[UInt8]] {
    let parts = arguments.split(separator: UInt8(ascii: "\""), omittingEmptySubsequences: false)
    return stride(from: 1, to: parts.count, by: 2).map { Self.decoded(parts[$0]) }
  }

  func has(_ flag: String) -> Bool { String(decoding: arguments, as: UTF8.self).contains(flag) }

  /// The last argument, if it is a number.
  var lastNumber: Int? {
    let start = arguments.lastIndex(of: UInt8(ascii: " ")).map { $0 + 1 } ?? arguments.startIndex
    return Int(String(decoding: arguments[start...], as: UTF8.self))
  }

  /// `\x2f\x74` as the two bytes that it stands for.
  private static func decoded(_ text: ArraySlice<UInt8>) -> [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(text.count / 4)
    var index = text.startIndex
    while index + 4 <= text.endIndex {
      bytes.append(digit(text[index + 2]) << 4 | digit(text[index + 3]))
      index += 4
    }
    return bytes
  }

  private static func digit(_ byte: UInt8) -> UInt8 {
    byte < UInt8(ascii: "a") ? byte - UInt8(ascii: "0") : byte - UInt8(ascii: "a") + 10
  }
}

/// Reads a trace of several threads. A call that another thread's line interrupts is told twice: when it begins, and when it
/// has ended.
struct TraceReader {
  private var begun: [String: ArraySlice<UInt8>] = [:]

  /// - Returns: nil for a line that is about no call: an exit, a signal.
  mutating func read(_ line: ArraySlice<UInt8>) -> TraceLine? {
    guard let space = line.firstIndex(of: UInt8(ascii: " ")) else { return nil }
    let thread = String(decoding: line[..<space], as: UTF8.self)
    var text = line[space...].drop { $0 == UInt8(ascii: " ") }
    let isSecond = text.starts(with: "<... ".utf8)
    if isSecond {
      guard let close = text.firstIndex(of: UInt8(ascii: ">")), let start = begun.removeValue(forKey: thread) else {
        return nil
      }
      text = (start + text[(close + 1)...])[...]
    } else if text.suffix(Self.unfinished.count).elementsEqual(Self.unfinished) {
      text = text.dropLast(Self.unfinished.count)
      begun[thread] = text
      return Self.line(text, arguments: { text[$0...] }, result: nil, isSecond: false)
    }
    // `) = 0`, with blanks between where the line is short.
    guard let equals = text.lastIndex(of: UInt8(ascii: "=")),
      let close = text[..<equals].lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    let number = text[(equals + 1)...].drop { $0 == UInt8(ascii: " ") }.prefix { $0 != UInt8(ascii: " ") }
    let digits = number.prefix { $0 != UInt8(ascii: "<") }
    guard let result = Int(String(decoding: digits, as: UTF8.self)) else { return nil }
    return Self.line(text, arguments: { $0 <= close ? text[$0..<close] : [] }, result: result, isSecond: isSecond)
  }

  private static let unfinished = Array(" <unfinished ...>".utf8)

  private static func line(
    _ text: ArraySlice<UInt8>, arguments: (Int) -> ArraySlice<UInt8>, result: Int?, isSecond: Bool
  ) -> TraceLine? {
    guard let open = text.firstIndex(of: UInt8(ascii: "(")) else { return nil }
    return TraceLine(
      call: String(decoding: text[..<open], as: UTF8.self), arguments: arguments(open + 1), result: result,
      isSecond: isSecond)
  }
}
