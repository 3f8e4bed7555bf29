import Oracle
import TestKit
import Testing

@Suite("The oracle of a fleet's campaigns")
struct FleetOracleTests {
  @Test("has nothing to say where every promise was kept")
  func honest() throws {
    let found = try MadeUpCase().judge()
    #expect(found.first { $0.what == "commands, each with one answer at every gateway" }?.count == 3)
  }

  @Test("finds every fault that is planted in what a case leaves behind", arguments: BrokenPromise.all)
  func finds(promise: BrokenPromise) throws {
    var one = MadeUpCase()
    promise.plant(&one)
    let failure = try #require(throws: Failure.self) { try one.judge() }
    #expect("\(failure)".contains(promise.complaint))
  }

  @Test("knows what a gateway may do that has a cause to")
  func allowed() throws {
    var one = MadeUpCase()
    // Killed with a create on its way; another one took that over, within Telnyx's minute, which is forgotten here.
    (one.variant, one.causes, one.kills) = (.forgetful, 1, 1)
    one.executed.append(MadeUpCase.Create(id: "c0-0", conference: "lost", time: -1000))
    one.takings = [FleetContents.Taking(commandID: "c0-0", loser: 2, winner: 1, wasSending: true, wasHeld: false)]
    one.records["r0"]?.insert(MadeUpCase.recovered("c0-0"), at: 2)
    // A replay is on the record, and its caller's connection was gone.
    one.records["r1"]?.append(MadeUpCase.replayed("c0-0"))
    one.history.note("c0-0") { ($0.unknown, $0.lost) = (1, 1) }
    let found = try one.judge()
    #expect(found.first { $0.what.hasPrefix("creates executed again") }?.count == 1)
  }

  @Test("finds a limit that is not shared, and one create too many")
  func limits() throws {
    let start = ContinuousClock.now
    // A burst of 4, then 10 a second, for 2 s; each takes 10 ms.
    let kept = (0..<24).map { number in
      let begun = start + .milliseconds(number < 4 ? 0 : (number - 3) * 100)
      return LimitOracle.Create(begun: begun, ended: begun + .milliseconds(10))
    }
    let oracle = LimitOracle(rate: 10, burst: 4)
    try oracle.check(kept)
    #expect(throws: Failure.self) { try oracle.check(kept + kept) }
    let early = LimitOracle.Create(begun: start, ended: start + .milliseconds(10))
    #expect(throws: Failure.self) { try oracle.check(kept + [early]) }
  }
}
