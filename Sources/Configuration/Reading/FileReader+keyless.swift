internal import Gateway

extension FileReader {
  static let keylessKeys = ["join"]
  /// No longer than a finished command is kept at least.
  static let joinTimes: ClosedRange<Duration> = .seconds(1) ... .seconds(600)

  /// `keyless: {join: 60s}`: within which time creates without a key are one where they are equal.
  func keyless(_ root: Section) -> ReadJoin? {
    guard let section = root.section("keyless", known: Self.keylessKeys), let value = section.required("join"),
      let time = duration(value, section.named("join"), in: Self.joinTimes)
    else { return nil }
    return ReadJoin(time: time, position: value.position)
  }
}

/// Within which time creates are joined, and where that stands.
struct ReadJoin {
  let time: Duration
  let position: Position
}
