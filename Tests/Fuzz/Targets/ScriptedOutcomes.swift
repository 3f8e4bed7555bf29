@testable internal import Gateway

/// What an input says that Telnyx, or the way there, answers: one part after the other, with a NUL between two.
///
/// A part is `L` (lost), `N` (not sent), or a reply: three digits, header lines, an empty line, and the body.
struct ScriptedOutcomes {
  private var parts: ArraySlice<ArraySlice<UInt8>>

  init(_ input: [UInt8]) { parts = input.split(separator: 0, omittingEmptySubsequences: false)[...] }

  /// The next one; when there is none any more, the connection is lost.
  mutating func next() -> AttemptOutcome {
    let lost = AttemptOutcome.lost(TransportFailure(name: "reset", detail: "the script has ended"))
    guard let part = parts.popFirst() else { return lost }
    if part.first == UInt8(ascii: "N") {
      return .notSent(TransportFailure(name: "connect", detail: "as the script has it"))
    }
    guard let status = Int(String(decoding: part.prefix(3), as: UTF8.self)), (100...999).contains(status) else {
      return lost
    }
    var fields = HeaderFields()
    var rest = part.dropFirst(3)
    if rest.first == UInt8(ascii: "\n") { rest = rest.dropFirst() }
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      let line = rest[..<end]
      rest = rest[(end + 1)...]
      if line.isEmpty { break }
      let name = line.prefix { $0 != UInt8(ascii: ":") }
      fields.append(name, line.dropFirst(name.count + 1).drop { $0 == 0x20 })
    }
    return .replied(UpstreamReply(status: status, fields: fields, body: Array(rest)))
  }
}
