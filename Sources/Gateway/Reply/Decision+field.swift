internal import Conference
internal import Policy

extension Decision.Change {
  /// One member of the `Convene-Policy` list (RFC 9651): `max_participants;clamped`.
  var parameterized: String { field.name + ";" + kind.rawValue }
}
