import JSON

/// What has become of the creates so far.
struct Record: Sendable {
  var registry = ConferenceRegistry()
  var journal = Journal()

  /// - Parameter row: of a journal, about this conference.
  mutating func restore(_ conference: Conference, _ row: JSONValue) {
    let age = Duration.milliseconds(max(0, Timestamp.now().milliseconds - conference.created.milliseconds))
    registry.add(conference, commandID: row["command_id"]?.string, at: .now - age)
    var writer = JSONWriter(capacity: 1024)
    writer.value(row)
    journal.executed.append(writer.bytes)
  }
}
