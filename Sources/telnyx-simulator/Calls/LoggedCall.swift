import JSON

/// One call as the log shows it.
struct LoggedCall: Sendable {
  /// The conference's id, or what the path has in its place where there is no such conference; nil for a list of conferences.
  let conferenceID: String?
  /// Up to its outcome, as text: a load test leaves hundreds of thousands.
  private let start: [UInt8]
  var outcome: CallOutcome

  init(_ request: Request, conferenceID: String?, outcome: CallOutcome) {
    self.conferenceID = conferenceID
    self.outcome = outcome
    let head = request.head
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.member("method", head.method)
    writer.member("path", head.target.text)
    writer.key("action")
    writer.value(head.action.map { .string($0) } ?? .null)
    writer.key("conference_id")
    writer.value(conferenceID.map { .string($0) } ?? .null)
    writer.member("authorization", head.header("authorization") ?? "")
    writer.key("headers")
    writer.value(.object(head.joinedHeaders))
    writer.key("body")
    writer.value(Self.json(request.body))
    writer.member("attempt_time_ms", Int(request.arrival.milliseconds))
    start = writer.bytes
  }

  var text: [UInt8] { start + Array(#","outcome":"\#(outcome.rawValue)"}"#.utf8) }

  /// A body that is no JSON is shown as a text, and none at all as null.
  private static func json(_ body: [UInt8]) -> JSONValue {
    if body.isEmpty { return .null }
    return (try? JSONValue.parse(body)) ?? .string(String(decoding: body, as: UTF8.self))
  }
}
