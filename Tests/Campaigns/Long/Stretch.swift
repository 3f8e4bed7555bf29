import TestKit

/// What some commands in a row cost, and what the gateway takes of the machine behind them.
struct Stretch: Sendable, CustomStringConvertible {
  /// How many commands there had been in the end.
  let end: Int
  let footprint: Footprint
  /// Microseconds a command: of the gateway's threads, and of the clock on the wall.
  let cpu: Double
  let wall: Double
  let elapsed: Duration

  /// Measures what a body makes a gateway do.
  init(of commands: Int, to end: Int, _ gateway: GatewayProcess, _ body: () throws -> Void) throws {
    let (before, start) = (try Footprint(of: gateway), ContinuousClock.now)
    try body()
    elapsed = start.duration(to: .now)
    self.end = end
    footprint = try Footprint(of: gateway)
    cpu = Double(footprint.cpu - before.cpu) / Double(commands)
    wall = elapsed / .microseconds(commands)
  }

  var description: String {
    let descriptors = footprint.descriptors.map { "\($0)" } ?? "?"
    return "after \(end): \(footprint.resident) KiB resident, \(footprint.anonymous) KiB anonymous, "
      + "\(descriptors) descriptors, ledger \(footprint.ledger >> 10) KiB; "
      + "a command: \(Int(cpu)) us CPU, \(Int(wall)) us wall"
  }
}
