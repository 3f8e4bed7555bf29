package import EventLoop
internal import JSON

/// Finds out at Telnyx what became of a command of unknown outcome: a value without I/O. A reply goes in, the next look-up
/// or the conclusion comes out.
///
/// What it asks, in order:
/// 1. Which active conferences have the command's name? (`filter[name]`, for `filter[status]` `init` and `in_progress`.) A
///    name is unique among them, and no conference of that name means that the command was not executed, or is over.
/// 2. Is the command's call among the conference's participants? Then it is the one: what `GET /conferences/{id}` says of
///    it is the reply that was lost.
/// 3. If not: a conference made before the command was first sent is somebody else's, so the command's own is not there.
///    Of a later one nobody can tell: its first participant may have left.
///
/// Whatever can't be read, or isn't a 200, tells nothing.
package struct Reconciliation: Sendable {
  package enum Action: Sendable, Equatable {
    /// GET this, under the upstream's URL.
    case look(path: String)
    case conclude(Conclusion)
  }

  package enum Conclusion: Sendable, Equatable {
    /// It was executed; this is Telnyx's description of the conference.
    case found(UpstreamReply, conferenceID: String)
    /// It was not executed.
    case absent
    case unclear
  }

  private enum Step: Sendable {
    case listing(statuses: ArraySlice<String>)
    case participants(conference: Conference, later: ArraySlice<String>)
    case conference(id: String)
  }

  private struct Conference: Sendable, Equatable {
    let id: String
    let createdAt: String
  }

  private let name: String
  private let callControlID: String
  /// `&region=...`, where the command named one: conferences are listed by where their data is.
  private let region: String
  private let firstSent: WallTime
  private var step: Step

  /// - Parameter firstSent: of the command, by this machine's clock.
  package init(name: String, callControlID: String, region: String?, firstSent: WallTime) {
    self.name = name
    self.region = region.map { "&region=" + PercentEncoding.encode($0) } ?? ""
    self.callControlID = callControlID
    self.firstSent = firstSent
    step = .listing(statuses: ["init", "in_progress"])
  }

  package mutating func begin() -> Action { look() }

  package mutating func lookedUp(_ outcome: AttemptOutcome) -> Action {
    guard case .replied(let reply) = outcome, reply.status == 200, let json = try? JSONValue.parse(reply.body) else {
      return .conclude(.unclear)
    }
    switch step {
    case .listing(let statuses): return listed(json, later: statuses.dropFirst())
    case .participants(let conference, let later): return joined(json, conference, later: later)
    case .conference(let id):
      return .conclude(reply.conferenceID == id ? .found(reply, conferenceID: id) : .unclear)
    }
  }

  private func look() -> Action {
    switch step {
    case .listing(let statuses):
      .look(
        path: "/conferences?filter%5Bname%5D=\(PercentEncoding.encode(name))"
          + "&filter%5Bstatus%5D=\(statuses.first ?? "")&page%5Bsize%5D=250\(region)")
    case .participants(let conference, _):
      .look(path: "/conferences/\(PercentEncoding.encode(conference.id))/participants?page%5Bsize%5D=250\(region)")
    case .conference(let id):
      .look(path: "/conferences/\(PercentEncoding.encode(id))" + (region.isEmpty ? "" : "?" + region.dropFirst()))
    }
  }

  private mutating func listed(_ json: JSONValue, later: ArraySlice<String>) -> Action {
    guard let rows = json["data"]?.array else { return .conclude(.unclear) }
    // The filter's own idea of equal may be wider than ours.
    let named = rows.filter { $0["name"]?.string?.utf8.elementsEqual(name.utf8) ?? false }
    guard let row = named.first else {
      guard !later.isEmpty else { return .conclude(.absent) }
      step = .listing(statuses: later)
      return look()
    }
    guard named.count == 1, let id = row["id"]?.string, let createdAt = row["created_at"]?.string else {
      return .conclude(.unclear)
    }
    step = .participants(conference: Conference(id: id, createdAt: createdAt), later: later)
    return look()
  }

  private mutating func joined(_ json: JSONValue, _ conference: Conference, later: ArraySlice<String>) -> Action {
    guard let rows = json["data"]?.array else { return .conclude(.unclear) }
    let isOurs = rows.contains { $0["call_control_id"]?.string?.utf8.elementsEqual(callControlID.utf8) ?? false }
    if isOurs {
      step = .conference(id: conference.id)
      return look()
    }
    // Both are UTC in RFC 3339, so the first 19 characters sort like the times. The margin is for clocks that differ.
    let margin = WallTime(microseconds: firstSent.microseconds - Self.clockMargin.microseconds)
    let isOlder = conference.createdAt.utf8.prefix(19).lexicographicallyPrecedes(margin.rfc3339.utf8.prefix(19))
    return .conclude(isOlder && conference.createdAt.utf8.last == UInt8(ascii: "Z") ? .absent : .unclear)
  }

  private static let clockMargin: Duration = .seconds(30)
}
