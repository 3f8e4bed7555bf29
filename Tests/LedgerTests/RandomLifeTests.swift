import Testing

@Suite("Whatever becomes of sends, processes and clocks", .everyStore)
struct RandomLifeTests {
  @Test("a command is executed at most once, and everybody is told the same", arguments: 1...60 as ClosedRange<UInt64>)
  func life(seed: UInt64) throws {
    // Each step there takes a database some milliseconds.
    if StoreKind.current == .postgres, seed > Self.livesInADatabase { return }
    let life = try RandomLife(seed: seed)
    for _ in 0..<150 { try life.step() }
    try life.finish()
  }

  private static let livesInADatabase: UInt64 = 6

  @Test("a life has all that can happen in it")
  func variety() throws {
    if StoreKind.current == .postgres { return }
    var events: Set<String> = []
    for seed in 1...60 as ClosedRange<UInt64> {
      let life = try RandomLife(seed: seed)
      for _ in 0..<150 { try life.step() }
      try life.finish()
      events.formUnion(life.events.keys)
    }
    #expect(
      events == [
        "admitted", "resumed", "handed out", "replayed", "waited", "refused", "sent", "too late", "backed off",
        "settled",
        "found at once", "lost", "looked up", "looked up in vain", "found", "absent", "a twin's", "killed",
      ])
  }
}
