import EventLoop
import Gateway

/// Replies to look-ups as Telnyx gives them, and as it shouldn't. Telnyx's clock shows 18:21:15 by default, a minute and a
/// quarter after the command's first send.
enum LookUpReply {
  static let sent = WallTime(microseconds: 1_795_458_000_000_000)  // 2026-11-23T18:20:00Z
  static let age: Duration = .seconds(75)

  struct Row: Sendable {
    var id: String
    /// On 2026-11-23.
    var created: String
    var name = "daily"
    var status: String?

    var text: String {
      let status = status.map { #","status":"\#($0)""# } ?? ""
      return #"{"id":"\#(id)","name":"\#(name)","created_at":"2026-11-23T\#(created)Z"\#(status)}"#
    }
  }

  static func row(_ id: String, _ created: String, name: String = "daily", status: String? = nil) -> Row {
    Row(id: id, created: created, name: name, status: status)
  }

  /// - Parameters:
  ///   - ahead: of Telnyx's clock; nil = the reply has no date.
  ///   - total: of the whole list; nil = these rows.
  ///   - meta: as JSON; nil = as the others say.
  static func list(
    _ rows: Row..., ahead: Duration? = .zero, page: Int = 1, size: Int = 250, total: Int? = nil, meta: String? = nil,
    fields: HeaderFields = [:]
  ) -> AttemptOutcome {
    let total = total ?? rows.count
    let pages = (total + size - 1) / size
    let honest =
      #","meta":{"total_pages":\#(pages),"total_results":\#(total),"page_number":\#(page),"page_size":\#(size)}"#
    return ok(
      #"{"data":[\#(rows.map(\.text).joined(separator: ","))]\#(meta ?? honest)}"#, ahead: ahead, fields: fields)
  }

  static func ok(_ body: String, ahead: Duration? = .zero, fields: HeaderFields = [:]) -> AttemptOutcome {
    .replied(
      UpstreamReply(status: 200, fields: fields, body: Array(body.utf8), date: ahead.map { sent + age + $0 }))
  }

  static func reply(_ status: Int, _ body: String) -> UpstreamReply {
    UpstreamReply(status: status, fields: [:], body: Array(body.utf8), date: sent + age)
  }

  static func answered(_ status: Int, _ body: String = "{}") -> AttemptOutcome { .replied(reply(status, body)) }

  static let nobody = list()
  static let ours = list(row("c1", "18:20:01.500"))
  static let older = list(row("c0", "17:00:00.000"))
  static let withUs = ok(#"{"data":[{"call_control_id":"v3:other"},{"call_control_id":"v3:us"}]}"#)
  static let withoutUs = ok(#"{"data":[{"call_control_id":"v3:other"}]}"#)
  static let description = reply(200, #"{"data":{"id":"c1","name":"daily"}}"#)
}
