internal import EventLoop

/// What is wrong at Telnyx, or on the way there, and an operator must know: told when it begins, when it changes and when it is
/// over, not with each request.
struct UpstreamConditions {
  /// What comes and goes with single replies is over when it was not seen for so long.
  private static let calm: Duration = .seconds(10)

  private struct Entry {
    var reason: String
    let began: MonotonicTime
    var last: MonotonicTime
    /// It is told of anew when it is seen again.
    var isOld = false
  }

  private var entries: [UpstreamNews.Condition: Entry] = [:]

  var isEmpty: Bool { entries.isEmpty }

  /// - Returns: news, where it is new, or its reason is.
  mutating func note(
    _ condition: UpstreamNews.Condition, _ reason: String, detail: String = "", at now: MonotonicTime
  ) -> UpstreamNews? {
    guard var entry = entries[condition], !entry.isOld else {
      entries[condition] = Entry(reason: reason, began: now, last: now)
      return UpstreamNews(condition, .began, reason: reason, detail: detail)
    }
    // Where two reasons take turns, each is told of once in a while.
    let isChange = entry.reason != reason && now >= entry.last + Self.calm
    if isChange { entry.reason = reason }
    if isChange || entry.reason == reason { entry.last = now }
    entries[condition] = entry
    return isChange ? UpstreamNews(condition, .changed, reason: reason, detail: detail) : nil
  }

  /// Something has changed on which it depends. Where it is seen again it is told of as if it were new; where not, that it is over.
  mutating func renew(_ condition: UpstreamNews.Condition) { entries[condition]?.isOld = true }

  /// What it is about is no more.
  mutating func forget(_ condition: UpstreamNews.Condition) { entries[condition] = nil }

  /// Telnyx has answered otherwise.
  ///
  /// - Parameter isCertain: one answer shows that it is over.
  mutating func end(_ condition: UpstreamNews.Condition, isCertain: Bool = false, at now: MonotonicTime)
    -> UpstreamNews?
  {
    guard let entry = entries[condition], isCertain || now >= entry.last + Self.calm else {
      return nil
    }
    entries[condition] = nil
    return UpstreamNews(condition, .ended, reason: entry.reason, lasted: now - entry.began)
  }
}
