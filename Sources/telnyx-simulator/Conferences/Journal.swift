import JSON

/// What has happened, for a test to compare with what the gateway says has happened.
struct Journal: Sendable {
  /// One for each executed create, in order, as text: a load test leaves hundreds of thousands.
  private(set) var executed: [[UInt8]] = []
  /// Creates that were not executed because their command had been.
  var duplicates = 0
  /// Calls to the API; those to the simulator itself don't count.
  var requests = 0
  /// Creates whose head arrived, whatever became of them.
  var createsReceived = 0

  mutating func recordExecution(of request: Request, _ body: JSONObject, as conference: Conference) {
    var writer = JSONWriter(capacity: 1024)
    writer.beginObject()
    writer.key("command_id")
    writer.value(body["command_id"] ?? .null)
    writer.member("name", conference.name)
    writer.member("id", conference.id)
    writer.member("authorization", request.head.header("authorization") ?? "")
    writer.key("headers")
    writer.value(.object(JSONObject(members: Self.joined(request.head.headers))))
    writer.key("body")
    writer.value(.object(body))
    writer.member("attempt_time_ms", Int(request.arrival.milliseconds))
    writer.endObject()
    executed.append(writer.bytes)
  }

  /// - Parameter start: how many of the executed creates to leave out.
  func text(since start: Int) -> [UInt8] {
    var text = Array(#"{"executed":["#.utf8)
    for (offset, row) in executed.dropFirst(start).enumerated() {
      if offset > 0 { text.append(UInt8(ascii: ",")) }
      text += row
    }
    let counts = #"],"duplicates":\#(duplicates),"requests":\#(requests),"creates_received":\#(createsReceived)}"#
    return text + Array(counts.utf8)
  }

  /// A field that came more than once is one field with commas (RFC 9110, section 5.3); an object has no key twice.
  private static func joined(_ headers: [(name: String, value: String)]) -> [JSONObject.Member] {
    var values: [String: String] = [:]
    for header in headers {
      values[header.name] = values[header.name].map { "\($0), \(header.value)" } ?? header.value
    }
    return values.sorted { $0.key < $1.key }.map { JSONObject.Member(key: $0.key, value: .string($0.value)) }
  }
}
