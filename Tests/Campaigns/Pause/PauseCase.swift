import Oracle
import TestKit

/// Where a gateway is stopped.
struct PausePoint: Sendable, CustomStringConvertible {
  enum Kind: String, CaseIterable, Sendable {
    /// When the database has admitted its n-th create since then, and before it hears so.
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
  let mode: Mode

  enum Mode: String, Sendable {
    /// Callers go on to another gateway, and Telnyx remembers an id for a minute.
    case dedupe
    /// As above; and another process takes the name of each while it is stopped, as an orchestrator does that doesn't hear from it.
    case replaced
    /// Telnyx forgets at once, and nobody repeats what may still be sent. Only who was stopped could execute it a second time.
    case once
  }

  init(_ number: Int) {
    mode = [.dedupe, .once, .dedupe, .replaced][number / 4 % 4]
    let isOnce = mode == .once
    // Between its lease and its own patience.
    seconds = isOnce ? [20, 30, 20, 70][number % 4] : [5, 20, 50, 70][number % 4]
    let round = number / 4
    let kinds = PausePoint.Kind.allCases
    points = (0..<3).map { place in
      // Of the others nobody knows what is between a look at the lease and its send.
      let kind = kinds[(round * 3 + place) % (isOnce ? 3 : kinds.count - 1)]
      // Each has four creates.
      let isCreate = [.admission, .sent, .settle].contains(kind)
      return PausePoint(kind, 1 + (round * 5 + place * 3) % (isCreate ? 4 : 24))
    }
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: ":").map { String($0) }
    guard parts.count == 3, let mode = Mode(rawValue: parts[2]), let seconds = Int(parts[0]) else {
      throw Failure("no pause: \(text)")
    }
    (self.seconds, self.mode) = (seconds, mode)
    points = try parts[1].split(separator: ",").map { word in
      let words = word.split(separator: "=").map { String($0) }
      guard words.count == 2, let kind = PausePoint.Kind(rawValue: words[0]), let number = Int(words[1]) else {
        throw Failure("no pause: \(text)")
      }
      return PausePoint(kind, number)
    }
  }

  /// As `--only` takes it.
  var description: String { "\(seconds):\(points.map(\.description).joined(separator: ",")):\(mode.rawValue)" }

  var variant: Variant { mode == .once ? .once : .dedupe }

  var isBeyondPromise: Bool { seconds > 60 && points.contains { $0.kind == .send } }
}
