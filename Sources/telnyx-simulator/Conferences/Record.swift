/// What has become of the creates so far.
struct Record: Sendable {
  var registry = ConferenceRegistry()
  var journal = Journal()
}
