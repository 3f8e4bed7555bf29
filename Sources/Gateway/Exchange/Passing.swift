internal import EventLoop

/// Another call than a create on its way to Telnyx and back.
final class Passing {
  let asked: AskedCall
  /// Under which the ledger has noted that it was passed; 0 = it has not.
  let note: Int64
  /// When the first attempt began.
  let began: MonotonicTime
  let bounds: CommandLife.Bounds
  var life: CommandLife
  /// What was read of it so far.
  var listing: OwnedListing?
  /// Attempts for earlier pages of it.
  private var earlierAttempts = 0

  init(_ asked: AskedCall, note: Int64, bounds: CommandLife.Bounds, at now: MonotonicTime) {
    self.asked = asked
    self.note = note
    self.bounds = bounds
    listing = asked.listing
    began = now
    life = CommandLife(bounds: bounds, kind: asked.kind)
  }

  /// What to ask of Telnyx now.
  var path: String {
    if let listing { return listing.path }
    return asked.target.path + (asked.target.query.map { "?" + $0 } ?? "")
  }

  /// The next page is asked for as the first one was.
  func beginNextPage() {
    earlierAttempts += life.attempts
    life = CommandLife(bounds: bounds, kind: asked.kind)
  }

  func upstreamEntry(at now: MonotonicTime) -> AuditEntry.Upstream {
    life.upstreamEntry(since: began, at: now, earlier: earlierAttempts)
  }
}
