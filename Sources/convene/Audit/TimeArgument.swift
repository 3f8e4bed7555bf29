internal import ArgumentParser
internal import EventLoop

/// A moment on the command line: RFC 3339, or so long ago.
struct TimeArgument: ExpressibleByArgument {
  static let help = "2026-11-23T19:00:00Z, or so long ago: 15m, 24h, 7d."

  let time: WallTime

  init?(argument: String) {
    if let time = WallTime(rfc3339: argument) {
      self.time = time
      return
    }
    let digits = argument.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let units: [(String, Int64)] = [("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000)]
    guard let count = Int64(String(decoding: digits, as: UTF8.self)), count <= 1_000_000,
      let unit = (units + [("d", 86_400_000_000)]).first(where: {
        $0.0.utf8.elementsEqual(argument.utf8.dropFirst(digits.count))
      })
    else { return nil }
    time = WallTime(microseconds: WallTime.now.microseconds - count * unit.1)
  }
}

/// Between which moments, on the command line.
struct TimeRange: ParsableArguments {
  @Option(help: ArgumentHelp("Not older than: \(TimeArgument.help)", valueName: "time"))
  var since: TimeArgument?

  @Option(help: ArgumentHelp("Older than: as --since.", valueName: "time"))
  var until: TimeArgument?
}
