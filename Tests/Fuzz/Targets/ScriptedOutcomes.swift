internal import EventLoop

@testable internal import Gateway

/// What an input says that Telnyx, or the way there, answers: one part after the other, with a NUL between two.
///
/// A part is `L` (lost), `N` (not sent), `R` and a digit (once more what was answered so many parts before the last), or a
/// reply: three digits, header lines, an empty line, and the body.
struct ScriptedOutcomes {
  private var parts: ArraySlice<ArraySlice<UInt8>>
  private var given: [AttemptOutcome] = []

  init(_ input: [UInt8]) { parts = input.split(separator: 0, omittingEmptySubsequences: false)[...] }

  /// A part before the first answer, which begins with `S` and says what else is so.
  mutating func settings() -> ArraySlice<UInt8> {
    guard let first = parts.first, first.first == UInt8(ascii: "S") else { return [] }
    parts = parts.dropFirst()
    return first.dropFirst()
  }

  /// The next one; when there is none any more, the connection is lost.
  mutating func next() -> AttemptOutcome {
    let outcome = read()
    given.append(outcome)
    return outcome
  }

  private mutating func read() -> AttemptOutcome {
    let lost = AttemptOutcome.lost(TransportFailure(name: "reset", detail: "the script has ended"))
    guard let part = parts.popFirst() else { return lost }
    switch part.first {
    case UInt8(ascii: "N"): return .notSent(TransportFailure(name: "connect", detail: "as the script has it"))
    case UInt8(ascii: "R"):
      let back = Int(part.dropFirst().first ?? UInt8(ascii: "0")) - 0x30
      return (0..<10).contains(back) && back < given.count ? given[given.count - 1 - back] : lost
    default: return Self.reply(part).map(AttemptOutcome.replied) ?? lost
    }
  }

  private static func reply(_ part: ArraySlice<UInt8>) -> UpstreamReply? {
    guard let status = Int(String(decoding: part.prefix(3), as: UTF8.self)), (100...999).contains(status) else {
      return nil
    }
    var fields = HeaderFields()
    var rest = part.dropFirst(3)
    if rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty { break }
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      let value = line.dropFirst(name.count + 1).drop { $0 == 0x20 }
      fields.append(name, value)
    }
    let dates = fields.texts(of: "date")
    let date = dates.count == 1 ? WallTime(httpDate: dates[0]) : nil
    return UpstreamReply(status: status, fields: fields, body: Array(rest), date: date)
  }
}
