/// What happens to a connection once so many bytes have gone one way.
package struct Trouble: Sendable, CustomStringConvertible {
  package enum Kind: String, Sendable {
    /// Both ways end, in good order.
    case close
    /// Both ways end with a reset.
    case reset
    /// This way ends; the other one goes on.
    case halfClose
    /// The rest of this way never arrives.
    case hang
    /// The rest comes late, though in time.
    case delay
    /// The rest comes later than anybody waits.
    case stall
    /// The rest comes byte by byte.
    case trickle
    /// From here on nothing passes for a time, either way, on any connection; what was sent meanwhile arrives then.
    case hole
  }

  package enum Way: String, CaseIterable, Sendable {
    case request, reply
  }

  package static let cuts: [Kind] = [.close, .reset, .halfClose]

  package let kind: Kind
  package let way: Way
  package let byte: Int

  package var description: String { "\(kind.rawValue)/\(way.rawValue)/\(byte)" }

  package init(_ kind: Kind, _ way: Way, _ byte: Int) {
    self.kind = kind
    self.way = way
    self.byte = byte
  }

  package init(parsing text: String) throws {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 3, let kind = Kind(rawValue: parts[0]), let way = Way(rawValue: parts[1]),
      let byte = Int(parts[2])
    else { throw Failure("no trouble: \(text)") }
    self.init(kind, way, byte)
  }
}
