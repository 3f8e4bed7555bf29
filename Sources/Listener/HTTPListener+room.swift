internal import EventLoop
internal import Gateway

/// Who goes where there are too many connections. A crowd that only holds connections open must keep nobody out.
///
/// A connection may be dismissed in favour of a newcomer until it is known whose it is: whether it says nothing, sends its head
/// slowly, or doesn't read what it is answered. Two are not: one with a known caller's request, which its deadlines end, and one
/// that is being refused, which hears that first and is closed then. Who goes first:
/// 1. who has had time to say who it is (a fifth of `header_timeout`), and has not;
/// 2. known callers' connections without a request;
/// 3. who has just come.
/// Of each, those go first that have waited longest, and no byte puts that off for long. So even in a flood each newcomer has as
/// long to show who it is as there are places, and no idle connection is kept at a newcomer's expense.
///
/// A newcomer is never refused for want of a place: where nobody can go at this moment it has one beyond `max_connections`, and
/// where there are none of those, either, it waits in the kernel. What is refused is a request, where known callers have so many
/// under way.
extension HTTPListener {
  /// Makes room for those that have just come, where they have brought more than may be: when what they have sent was read.
  func makeRoom() {
    guard !newcomers.isEmpty else { return }
    for (surface, count) in newcomers where limit(of: surface).excess > 0 {
      for connection in connections.values where connection.surface == surface { connection.leaveIfRefused() }
      let excess = limit(of: surface).excess
      if excess > 0 { dismissSome(of: surface, atLeast: min(count, excess)) }
    }
    newcomers.removeAll(keepingCapacity: true)
  }

  /// There are so many connections that none is accepted until some have gone. What comes meanwhile waits in the kernel.
  func isExhausted(_ surface: IncomingRequest.Surface) -> Bool {
    guard limit(of: surface).isExhausted else { return false }
    dismissSome(of: surface)
    return true
  }

  /// Ends some of those that have been answered for the last time, else of those that may be dismissed.
  func dismissSome(of surface: IncomingRequest.Surface, atLeast least: Int = 1) {
    let answered = lingering.values.filter { $0.surface == surface && $0.began < loop.now }
      .sorted { $0.began < $1.began }
      .prefix(max(least, Self.few(of: lingering.count)))
    for socket in answered { socket.end() }
    let least = least - answered.count
    guard least > 0 else { return }
    let lastChance = loop.now + .zero - settings.headerTimeout / 5
    func rank(_ connection: CallerConnection) -> Int { connection.isKnown ? 1 : connection.since < lastChance ? 0 : 2 }
    let ranked = connections.values.filter { $0.surface == surface && $0.mayBeDismissed }
      .map { (rank: rank($0), connection: $0) }
      .sorted { ($0.rank, $0.connection.since) < ($1.rank, $1.connection.since) }
    let few = max(least, Self.few(of: ranked.count { $0.rank == ranked.first?.rank }))
    var dismissed = 0
    for (_, connection) in ranked where dismissed < few && connection.dismiss() { dismissed += 1 }
  }

  /// Several at once: to look for them costs more than to end them. Not all: most are about to be used.
  private static func few(of count: Int) -> Int { min(ConnectionLimit.mostLeaving, max(1, count / 8)) }
}
