import TestKit

/// What happens to a connection once so many bytes have gone one way.
struct Trouble: Sendable, CustomStringConvertible {
  enum Kind: String, Sendable {
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
  }

  enum Way: String, CaseIterable, Sendable {
    case request, reply
  }

  static let cuts: [Kind] = [.close, .reset, .halfClose]

  let kind: Kind
  let way: Way
  let byte: Int

  var description: String { "\(kind.rawValue)/\(way.rawValue)/\(byte)" }

  init(_ kind: Kind, _ way: Way, _ byte: Int) {
    self.kind = kind
    self.way = way
    self.byte = byte
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 3, let kind = Kind(rawValue: parts[0]), let way = Way(rawValue: parts[1]),
      let byte = Int(parts[2])
    else { throw Failure("no trouble: \(text)") }
    self.init(kind, way, byte)
  }
}
