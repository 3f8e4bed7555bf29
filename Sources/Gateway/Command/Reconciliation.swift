package import EventLoop
internal import JSON

/// Finds out at Telnyx what became of a command of unknown outcome: a value without I/O. A reply goes in, the next look-up
/// or the conclusion comes out.
///
/// What it asks, in order, of at most so many GETs as `mostLooks` says:
/// 1. Which conferences have the command's name? (`filter[name]`, for `filter[status]` `init`, `in_progress` and
///    `completed`: in this order a conference has them, so that none slips through between two questions.) One that was
///    made before the command was first sent is somebody else's, whoever takes part in it.
/// 2. Of each other one: is the command's call among its participants? Then it is the one: what `GET /conferences/{id}`
///    says of it is the reply that was lost. If not, nobody can tell: its first participant may have left.
/// 3. One that was made much later than the command was sent is taken for nobody's: perhaps a clock is wrong, so it proves
///    nothing.
///
/// Where there is none of 2 and 3 the command was not executed. Whatever can't be read, or isn't a 200, tells nothing.
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
    case listing
    case participants(conferenceID: String)
    case conference(id: String)
  }

  /// Three lists, one conference with its participants and itself, and some to spare: for further pages of a name that is
  /// used again and again, and for namesakes. Where that isn't enough nobody can tell.
  package static let mostLooks = 12
  /// The most that Telnyx gives.
  private static let pageSize = 250
  /// For clocks that differ.
  private static let clockMargin: Duration = .seconds(30)
  /// How long after its first send a command may have made a conference. No send of it arrives later than a minute after
  /// the first; the rest is for a clock that is behind. Bounded, so that the ledger can tell by few rows whether another
  /// command made it.
  package static let latestCreation: Duration = .seconds(300)

  private let name: String
  private let callControlID: String
  /// `&region=...`, where the command named one: conferences are listed by where their data is.
  private let region: String
  private let earliest: WallTime
  private let latest: WallTime

  private var step = Step.listing
  private var looks = 0
  private var statuses: ArraySlice<String> = ["init", "in_progress", "completed"]
  /// Of the list that is being read.
  private var page = 1
  private var hasMorePages = false
  /// Those of it that may be the command's and were not asked for their participants yet.
  private var candidates: ArraySlice<String> = []
  private var mayBeThere = false

  /// - Parameter firstSent: of the command, by this machine's clock.
  package init(name: String, callControlID: String, region: String?, firstSent: WallTime) {
    self.name = name
    self.region = region.map { "&region=" + PercentEncoding.encode($0) } ?? ""
    self.callControlID = callControlID
    earliest = firstSent - Self.clockMargin
    latest = firstSent + Self.latestCreation
  }

  package mutating func begin() -> Action { look() }

  package mutating func lookedUp(_ outcome: AttemptOutcome) -> Action {
    guard case .replied(let reply) = outcome, reply.status == 200, let json = JSONValue.read(reply.body) else {
      return .conclude(.unclear)
    }
    switch step {
    case .listing: return listed(json)
    case .participants(let id): return joined(json, id)
    case .conference(let id):
      return .conclude(reply.conferenceID == id ? .found(reply, conferenceID: id) : .unclear)
    }
  }

  private mutating func look() -> Action {
    looks += 1
    guard looks <= Self.mostLooks else { return .conclude(.unclear) }
    switch step {
    case .listing:
      let page = page == 1 ? "" : "&page%5Bnumber%5D=\(page)"
      return .look(
        path: "/conferences?filter%5Bname%5D=\(PercentEncoding.encode(name))"
          + "&filter%5Bstatus%5D=\(statuses.first ?? "")&page%5Bsize%5D=\(Self.pageSize)\(page)\(region)")
    case .participants(let id):
      return .look(
        path: "/conferences/\(PercentEncoding.encode(id))/participants?page%5Bsize%5D=\(Self.pageSize)\(region)")
    case .conference(let id):
      return .look(
        path: "/conferences/\(PercentEncoding.encode(id))" + (region.isEmpty ? "" : "?" + region.dropFirst()))
    }
  }

  private mutating func listed(_ json: JSONValue) -> Action {
    guard let rows = json["data"]?.array else { return .conclude(.unclear) }
    for row in rows {
      // Of one whose name can't be read nobody can tell whose it is.
      guard let rowName = row["name"]?.string else { return .conclude(.unclear) }
      // The filter's own idea of equal may be wider than ours.
      guard rowName.utf8.elementsEqual(name.utf8) else { continue }
      guard let id = row["id"]?.string, let created = row["created_at"]?.string.flatMap(WallTime.init(rfc3339:)) else {
        return .conclude(.unclear)
      }
      if created < earliest { continue }
      if created > latest { mayBeThere = true } else { candidates.append(id) }
    }
    // Telnyx lists in descending order of `expires_at`, and none expires before it was made: behind one that expired before
    // the command was sent there is none of later.
    let lastExpires = rows.last?["expires_at"]?.string.flatMap(WallTime.init(rfc3339:))
    hasMorePages = rows.count >= Self.pageSize && lastExpires.map { $0 >= earliest } ?? true
    return next()
  }

  private mutating func joined(_ json: JSONValue, _ conferenceID: String) -> Action {
    guard let rows = json["data"]?.array else { return .conclude(.unclear) }
    let isOurs = rows.contains { $0["call_control_id"]?.string?.utf8.elementsEqual(callControlID.utf8) ?? false }
    if isOurs {
      step = .conference(id: conferenceID)
      return look()
    }
    mayBeThere = true
    return next()
  }

  private mutating func next() -> Action {
    if let candidate = candidates.popFirst() {
      step = .participants(conferenceID: candidate)
      return look()
    }
    if hasMorePages {
      page += 1
    } else {
      page = 1
      statuses = statuses.dropFirst()
      guard !statuses.isEmpty else { return .conclude(mayBeThere ? .unclear : .absent) }
    }
    step = .listing
    return look()
  }
}
