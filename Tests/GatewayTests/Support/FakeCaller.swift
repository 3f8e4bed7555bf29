import Conference
import Gateway
import JSON

/// A caller's end of a request.
final class FakeCaller: ReplyReceiving {
  private(set) var replies: [Reply] = []

  func receive(_ reply: Reply) { replies.append(reply) }

  /// Statuses of all answers: one, where all is well.
  var statuses: [Int] { replies.map(\.status) }

  func field(_ name: String) -> String? { replies.last?.fields.value(of: name) }

  /// `meta.kind` of the gateway's own answer.
  var kind: String? { meta?["kind"]?.string }

  /// `meta.operation`.
  var operation: String? { meta?["operation"]?.string }

  private var meta: JSONValue? {
    guard let body = replies.last?.body, let json = try? JSONValue.parse(body) else { return nil }
    return json["errors"]?.array?.first?["meta"]
  }
}
