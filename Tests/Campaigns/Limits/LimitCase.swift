import TestKit

/// A limit, and who asks for more.
struct LimitCase: Sendable, CustomStringConvertible {
  let gateways: Int
  let rate: Int
  let burst: Int
  let seconds: Int
  /// Whether a gateway is killed each second.
  let kills: Bool

  init(_ number: Int) {
    gateways = 16
    (rate, burst) = [(50, 100), (20, 1), (200, 50), (7, 7)][number % 4]
    seconds = 8
    kills = number % 2 == 1
  }

  init(parsing text: String) throws {
    let parts = text.split(separator: "/").map { String($0) }
    guard parts.count == 5, let gateways = Int(parts[0]), let rate = Int(parts[1]), let burst = Int(parts[2]),
      let seconds = Int(parts[3])
    else { throw Failure("no limit: \(text)") }
    (self.gateways, self.rate, self.burst, self.seconds, kills) = (gateways, rate, burst, seconds, parts[4] == "kills")
  }

  /// As `--only` takes it.
  var description: String { "\(gateways)/\(rate)/\(burst)/\(seconds)/\(kills ? "kills" : "quiet")" }
}
