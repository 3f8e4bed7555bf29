internal import Gateway

extension FileReader {
  static let checkpointKeys = ["key", "every", "interval"]
  static let checkpointCounts = 1...1_000_000
  static let checkpointIntervals: ClosedRange<Duration> = .milliseconds(100) ... .seconds(86_400)

  /// The settings, and where their key stands.
  func checkpoint(_ audit: Section) -> (settings: CheckpointSettings, keyPosition: Position)? {
    guard let section = audit.section("checkpoint", known: Self.checkpointKeys) else { return nil }
    let every = section.integer("every", in: Self.checkpointCounts)
    let interval = section.duration("interval", in: Self.checkpointIntervals)
    guard let value = section.required("key"), let key = secretSource(value, "audit.checkpoint.key", noun: "key") else {
      return nil
    }
    var settings = CheckpointSettings(key: key)
    settings.every = every ?? settings.every
    settings.interval = interval ?? settings.interval
    return (settings, value.position)
  }
}
