import TestKit

/// Where a gateway is stopped.
struct PausePoint: Sendable, CustomStringConvertible {
  enum Kind: String, CaseIterable, Sendable {
    /// When the database has admitted its n-th create, and before it hears so.
    case admission
    /// With its n-th request on the way to Telnyx.
    case sent
    /// When Telnyx has answered, and before it hears so.
    case settle
    /// Right after the n-th time that a thread of it woke.
    case epoll_wait
    /// Right after a thread of it has told another one something, or written its log.
    case write
    /// Right after it has heard from database, Telnyx or caller.
    case recvfrom
    /// The thread alone has come to its n-th send and not made it when all are stopped: not promised beyond a minute.
    case send
  }

  let kind: Kind
  let number: Int

  var description: String { "\(kind.rawValue)=\(number)" }

  init(_ kind: Kind, _ number: Int) { (self.kind, self.number) = (kind, number) }
}

/// Gateways that are stopped together, each at a point of its own.
struct PauseCase: Sendable, CustomStringConvertible {
  let seconds: Int
  let points: [PausePoint]

  init(_ number: Int) {
    seconds = [5, 20, 50, 70][number % 4]
    let round = number / 4
    let kinds = PausePoint.Kind.allCases
    points = (0..<3).map { place in
      let kind = kinds[(round * 3 + place) % (kinds.count - 1)]
      return PausePoint(kind, 1 + (round * 5 + place * 3) % ([.admission, .sent, .settle].contains(kind) ? 4 : 24))
    }
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: ":").map { String($0) }
    guard parts.count == 2, let seconds = Int(parts[0]) else { throw Failure("no pause: \(text)") }
    self.seconds = seconds
    points = try parts[1].split(separator: ",").map { word in
      let words = word.split(separator: "=").map { String($0) }
      guard words.count == 2, let kind = PausePoint.Kind(rawValue: words[0]), let number = Int(words[1]) else {
        throw Failure("no pause: \(text)")
      }
      return PausePoint(kind, number)
    }
  }

  /// As `--only` takes it.
  var description: String { "\(seconds):" + points.map(\.description).joined(separator: ",") }

  var isBeyondPromise: Bool { seconds > 60 && points.contains { $0.kind == .send } }
}
