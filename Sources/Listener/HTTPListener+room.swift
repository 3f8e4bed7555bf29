internal import EventLoop
internal import Gateway

/// Who goes where there are too many connections. A crowd that only holds connections open must keep nobody out.
///
/// A connection may be dismissed in favour of a newcomer until it is known whose it is: whether it says nothing, sends its head
/// slowly, has a stranger's request refused, or doesn't read the refusal. One with a known caller's request never is: its deadlines
/// end it. Who goes first:
/// 1. who has had time to say who it is (a fifth of `header_timeout`), and has not;
/// 2. known callers' connections without a request;
/// 3. who has just come;
/// 4. who is being refused at this moment, and will have heard it soon.
/// Of each, those go first that have waited longest, and no byte puts that off. So even in a flood each newcomer has as long to show
/// who it is as there are places, and no idle connection is kept at a newcomer's expense.
extension HTTPListener {
  /// - Returns: false where no place can be had: who comes now is told that there are too many.
  func makeRoom(on surface: IncomingRequest.Surface) -> Bool {
    guard isFull(surface) else { return true }
    dismissSome(of: surface)
    guard isFull(surface) else { return true }
    let turnedAway = connections.values.filter { $0.surface == surface && $0.isOverLimit }
    if turnedAway.count >= limit(of: surface).partTurnedAway { dismiss(turnedAway) }
    return false
  }

  /// There are so many connections that none is accepted until some have gone. What comes meanwhile waits in the kernel.
  func isExhausted(_ surface: IncomingRequest.Surface) -> Bool {
    guard limit(of: surface).isExhausted else { return false }
    dismissSome(of: surface)
    dismiss(connections.values.filter { $0.surface == surface && $0.isOverLimit })
    return true
  }

  /// Ends some of those that have been answered for the last time, else of those that may be dismissed.
  func dismissSome(of surface: IncomingRequest.Surface) {
    let answered = lingering.values.filter { $0.surface == surface }.sorted { $0.began < $1.began }
    guard answered.isEmpty else {
      for socket in answered.prefix(Self.few(of: answered.count)) { socket.end() }
      return
    }
    dismiss(connections.values.filter { $0.surface == surface && !$0.isOverLimit })
  }

  private func dismiss(_ connections: [CallerConnection]) {
    let lastChance = loop.now + .zero - settings.headerTimeout / 5
    func rank(_ connection: CallerConnection) -> Int {
      if connection.isBeingJudged { return 3 }
      return connection.isKnown ? 1 : connection.since < lastChance ? 0 : 2
    }
    let ranked = connections.filter(\.mayBeDismissed).map { (rank: rank($0), connection: $0) }.sorted {
      ($0.rank, $0.connection.since) < ($1.rank, $1.connection.since)
    }
    let few = Self.few(of: ranked.count { $0.rank == ranked.first?.rank })
    var dismissed = 0
    for (_, connection) in ranked where dismissed < few && connection.dismiss() { dismissed += 1 }
  }

  /// Several at once: to look for them costs more than to end them. Not all: most are about to be used.
  private static func few(of count: Int) -> Int { min(ConnectionLimit.mostLeaving, max(1, count / 8)) }

  /// This worker has more than its part, and all together have more than they may, with the one that comes.
  private func isFull(_ surface: IncomingRequest.Surface) -> Bool {
    let limit = limit(of: surface)
    return kept[surface] + 1 - leaving[surface] > limit.part
      && limit.isExceeded(leaving: leaving[surface])
  }
}
