package import EventLoop
internal import JSON

/// Finds out at Telnyx what became of a command of unknown outcome: a value without I/O. A reply goes in, the next look-up
/// or the conclusion comes out.
///
/// What it asks, in order, of at most so many GETs as `mostLooks` says:
/// 1. Which conferences have the command's name? (`filter[name]`, for `filter[status]` `init`, `in_progress` and
///    `completed`: in this order a conference has them, so that none slips through between two questions; then without a
///    status, for those that have another.) Each list is read to its end, see `ConferenceListing`.
/// 2. Of each one that may be the command's: is the command's call among its participants? Then it is the one: what
///    `GET /conferences/{id}` says of it is the reply that was lost. If not, nobody can tell: its first participant may have
///    left.
///
/// That the command was not executed needs proof: every list was read whole, and each row in them is certainly another's.
/// Certain is what another command of this ledger has, and what was made long before the command was first sent, by Telnyx's
/// own clock: a reply's `Date` says what that shows, and the machine's clock says how long ago the first send was. Where one
/// of the two is not known nothing is excluded by its time. Another name proves nothing: Telnyx may store it in a form of
/// its own.
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

  /// The command, as far as it matters here.
  package struct Subject: Sendable {
    package let name: String
    package let callControlID: String
    package let region: String?
    /// By this machine's calendar.
    package let firstSent: WallTime
    /// The same by the clock that nobody can set; nil = not known.
    package let sent: MonotonicTime?
    /// Conferences that other commands have.
    package let others: Set<String>

    package init(
      name: String, callControlID: String, region: String?, firstSent: WallTime, sent: MonotonicTime?,
      others: Set<String>
    ) {
      self.name = name
      self.callControlID = callControlID
      self.region = region
      self.firstSent = firstSent
      self.sent = sent
      self.others = others
    }
  }

  private enum Step: Sendable {
    case listing
    case participants(conferenceID: String)
    case conference(id: String)
  }

  /// Four lists, one conference with its participants and itself, and some to spare: for further pages of a name that is
  /// used again and again, and for namesakes. Where that isn't enough nobody can tell.
  package static let mostLooks = 24
  /// The most that Telnyx gives.
  private static let pageSize = 250
  /// For clocks of Telnyx's that differ from each other, or were set between the create and the look-up.
  package static let clockMargin: Duration = .seconds(300)
  /// How long after its first send a command may have made a conference. No send of it arrives later than a minute after
  /// the first; the rest is for what Telnyx takes. Bounded, so that the ledger can tell by few rows whether another
  /// command made it.
  package static let latestCreation: Duration = .seconds(300)

  private let subject: Subject
  private let name: ConferenceName
  /// `&region=...`, where the command named one: conferences are listed by where their data is.
  private let region: String

  private var step = Step.listing
  private var looks = 0
  private var statuses: ArraySlice<String?> = ["init", "in_progress", "completed", nil]
  private var listing = ConferenceListing()
  private var isListRead = false
  /// The first send by Telnyx's clock, rather too early; nil until a reply tells.
  private var telnyxSent: WallTime?
  /// Those that may be the command's and were not asked for their participants yet.
  private var candidates: ArraySlice<String> = []
  private var asked: Set<String> = []
  private var mayBeThere = false

  package init(_ subject: Subject) {
    self.subject = subject
    name = ConferenceName(subject.name)
    region = subject.region.map { "&region=" + PercentEncoding.encode($0) } ?? ""
  }

  package mutating func begin() -> Action { look() }

  /// - Parameter now: when the reply was there.
  package mutating func lookedUp(_ outcome: AttemptOutcome, at now: MonotonicTime) -> Action {
    guard case .replied(let reply) = outcome, reply.status == 200, let json = JSONValue.read(reply.body) else {
      return .conclude(.unclear)
    }
    // A cache gave it (RFC 9111, section 5.1): so it was, and perhaps is no more.
    if reply.fields.contains("age") { mayBeThere = true }
    note(reply.date, at: now)
    switch step {
    case .listing:
      // Of a key that stands twice `json` has nothing, and a list may go on in a field of the head.
      if (try? JSONValue.parse(reply.body)) == nil || reply.fields.nameMore { mayBeThere = true }
      return listed(json)
    case .participants(let id): return joined(json, id)
    case .conference(let id):
      return .conclude(reply.conferenceID == id ? .found(reply, conferenceID: id) : .unclear)
    }
  }

  /// Telnyx's clock showed this at `now`, or later: the reply was on its way for a while.
  private mutating func note(_ date: WallTime?, at now: MonotonicTime) {
    guard let date, let sent = subject.sent else { return }
    let noted = date - (now - sent)
    let before = telnyxSent ?? noted
    telnyxSent = min(before, noted)
    // Two of Telnyx's clocks differ too much: by neither anything can be excluded, nor by what was excluded already.
    if max(before, noted) > min(before, noted) + Self.clockMargin / 2 { mayBeThere = true }
  }

  private mutating func look() -> Action {
    looks += 1
    guard looks <= Self.mostLooks else { return .conclude(.unclear) }
    switch step {
    case .listing:
      let status = statuses.first.flatMap(\.self).map { "&filter%5Bstatus%5D=\($0)" } ?? ""
      let page = listing.page == 1 ? "" : "&page%5Bnumber%5D=\(listing.page)"
      return .look(
        path: "/conferences?filter%5Bname%5D=\(PercentEncoding.encode(subject.name))\(status)"
          + "&page%5Bsize%5D=\(Self.pageSize)\(page)\(region)")
    case .participants(let id):
      return .look(
        path: "/conferences/\(PercentEncoding.encode(id))/participants?page%5Bsize%5D=\(Self.pageSize)\(region)")
    case .conference(let id):
      return .look(
        path: "/conferences/\(PercentEncoding.encode(id))" + (region.isEmpty ? "" : "?" + region.dropFirst()))
    }
  }

  private mutating func listed(_ json: JSONValue) -> Action {
    let (rows, progress) = listing.take(json)
    for row in rows {
      // The filter was not heeded, so the list is of something else.
      if let asked = statuses.first.flatMap(\.self), let status = row.status, status != asked { mayBeThere = true }
      judge(row)
    }
    if progress == .doubtful { mayBeThere = true }
    isListRead = progress != .more
    return next()
  }

  private mutating func judge(_ row: ConferenceListing.Row) {
    guard !subject.others.contains(row.id), !asked.contains(row.id) else { return }
    if let telnyxSent, row.created < telnyxSent - Self.clockMargin { return }
    // Where Telnyx's clock is not known, one that agrees with this machine's is worth a question.
    let sent = telnyxSent ?? subject.firstSent
    let mayBeOurs =
      row.created >= sent - Self.clockMargin && row.created <= sent + Self.latestCreation
      && row.name.map { ConferenceName($0) == name } ?? false
    guard mayBeOurs else {
      mayBeThere = true
      return
    }
    asked.insert(row.id)
    candidates.append(row.id)
  }

  private mutating func joined(_ json: JSONValue, _ conferenceID: String) -> Action {
    guard let rows = json["data"]?.array else { return .conclude(.unclear) }
    let isOurs = rows.contains {
      $0["call_control_id"]?.string?.utf8.elementsEqual(subject.callControlID.utf8) ?? false
    }
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
    if isListRead {
      listing = ConferenceListing()
      statuses = statuses.dropFirst()
      guard !statuses.isEmpty else { return .conclude(mayBeThere ? .unclear : .absent) }
    }
    step = .listing
    return look()
  }
}

extension HeaderFields {
  /// Whether a field could say that a list goes on: a `Link` to the next page (RFC 8288), or one that has its sense in its
  /// name.
  fileprivate var nameMore: Bool {
    entries.contains { entry in
      let name = text(entry.name).lowercased()
      if name == "link" { return text(entry.value).lowercased().contains("next") }
      return !entry.value.isEmpty && ["next", "cursor", "has-more"].contains { name.contains($0) }
    }
  }
}
