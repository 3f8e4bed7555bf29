internal import ArgumentParser
internal import EventLoop

/// How far a place's clock is ahead of UTC: `Z`, `+01:00`, `-05:30`.
struct UTCOffset: ExpressibleByArgument {
  static let zero = UTCOffset(text: "Z", microseconds: 0)

  /// As RFC 3339 has it.
  let text: String
  let microseconds: Int64

  var defaultValueDescription: String { text }

  private init(text: String, microseconds: Int64) {
    self.text = text
    self.microseconds = microseconds
  }

  init?(argument: String) {
    guard argument != "Z", argument != "z" else {
      self = .zero
      return
    }
    // What is behind UTC has an earlier date there.
    let epoch = "1970-01-01T00:00:00"
    let hours = argument.utf8.count == 3 ? argument + ":00" : argument
    guard let time = WallTime(rfc3339: epoch + hours), hours.utf8.count == 6 else { return nil }
    self.init(text: hours, microseconds: -time.microseconds)
  }

  /// The moment as a clock there shows it, with microseconds.
  func text(of time: WallTime) -> String {
    WallTime(microseconds: time.microseconds + microseconds).rfc3339.dropLast() + text
  }

  /// When the day began there in which this moment is.
  func beginOfDay(_ time: WallTime) -> WallTime {
    let day: Int64 = 86_400_000_000
    let local = time.microseconds + microseconds
    let begun = local - ((local % day) + day) % day
    return WallTime(microseconds: begun - microseconds)
  }
}
