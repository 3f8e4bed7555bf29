internal import ArgumentParser
internal import EventLoop

/// A moment on the command line: a time, a day, which stands for its beginning, or so long ago.
struct TimeArgument: ExpressibleByArgument {
  static let help = """
    2026-11-23T19:00:00Z, 2026-11-23T19:00, a day (2026-11-23, today, yesterday), which is its beginning, or so long ago: \
    15m, 24h, 7d.
    """

  private let text: String

  init?(argument: String) {
    text = argument
    guard time(.zero, now: .now) != nil else { return nil }
  }

  /// nil where the text is none of these.
  func time(_ offset: UTCOffset, now: WallTime) -> WallTime? {
    switch text {
    case "now": return now
    case "today": return offset.beginOfDay(now)
    case "yesterday": return WallTime(microseconds: offset.beginOfDay(now).microseconds - 86_400_000_000)
    default: break
    }
    // As much as is left out.
    let forms = ["", offset.text, ":00\(offset.text)", "T00:00:00\(offset.text)"]
    return forms.lazy.compactMap { WallTime(rfc3339: text + $0) }.first ?? ago(now)
  }

  private func ago(_ now: WallTime) -> WallTime? {
    let digits = text.utf8.prefix { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    let units: [(String, Int64)] = [
      ("ms", 1000), ("s", 1_000_000), ("m", 60_000_000), ("h", 3_600_000_000), ("d", 86_400_000_000),
    ]
    guard let count = Int64(String(decoding: digits, as: UTF8.self)), count <= 1_000_000,
      let unit = units.first(where: { $0.0.utf8.elementsEqual(text.utf8.dropFirst(digits.count)) })
    else { return nil }
    return WallTime(microseconds: now.microseconds - count * unit.1)
  }
}

/// Between which moments, on the command line.
struct TimeRange: ParsableArguments {
  @Option(help: ArgumentHelp("Not older than: \(TimeArgument.help)", valueName: "time"))
  var since: TimeArgument?

  @Option(help: ArgumentHelp("Older than: as --since.", valueName: "time"))
  var until: TimeArgument?

  @Option(
    parsing: .unconditional,
    help: ArgumentHelp(
      "Where days begin, and times without an offset are: Z, +01:00. A table shows times so, too.", valueName: "offset")
  )
  var utcOffset = UTCOffset.zero

  /// - Throws: where nothing can be between them.
  func moments() throws -> (since: WallTime?, until: WallTime?) {
    let now = WallTime.now
    let moments = (since?.time(utcOffset, now: now), until?.time(utcOffset, now: now))
    if let since = moments.0, let until = moments.1, since.microseconds >= until.microseconds {
      throw ValidationError(
        "--since is \(utcOffset.text(of: since)) and --until \(utcOffset.text(of: until)): nothing is between them")
    }
    return moments
  }
}
