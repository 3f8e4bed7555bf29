internal import EventLoop
internal import Ledger

/// What time it is by the database, between two answers of it.
///
/// The machine's own clock goes on from the last one, and that counts from before it was asked for: so a command is never taken for
/// younger than it is.
struct ServerClock {
  private let clock = LedgerClock.system
  private var asked: Int64 = 0
  private var told: Int64 = 0
  /// When the server started, in microseconds since 1970: it names the start that `sinceBoot` is counted from.
  private(set) var era: Int64 = 0

  /// Before the question is sent.
  func ask() -> Int64 { clock.sinceBoot() }

  /// - Parameter asked: as `ask` said.
  mutating func note(at: Int64, era: Int64, asked: Int64) { (told, self.era, self.asked) = (at, era, asked) }

  var now: DualClockInstant {
    let wall = told + clock.sinceBoot() - asked
    return DualClockInstant(wall: WallTime(microseconds: wall), boot: era, sinceBoot: wall - era)
  }
}
