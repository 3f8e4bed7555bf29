import Gateway
import TestKit
import Testing

@Suite("What callers share out")
struct SharedRoomTests {
  @Test("goes to each as far as is left free, and the first piece while there is any")
  func shares() {
    let room = SharedRoom(most: 8)
    let callers = (0..<4).map { _ in Holding() }
    let taken = callers.map { caller in (0..<8).count { _ in room.take(1, for: caller) == nil } }
    #expect(taken == [4, 2, 1, 1])
    #expect(room.take(1, for: callers[0]) == .room)
    #expect(room.take(1, for: nil) == .room)
    #expect(room.count == 8)
    for (caller, count) in zip(callers, taken) { room.giveBack(count, of: caller) }
    #expect(room.count == 0)
    #expect(room.take(4, for: callers[0]) == nil)
    #expect(room.take(1, for: callers[0]) == .share)
  }

  @Test("is not taken from one by what another asks for in vain, not even for a moment")
  func vain() throws {
    let room = SharedRoom(most: 4)
    let (greedy, modest) = (Holding(), Holding())
    #expect(room.take(2, for: greedy) == nil)
    #expect(room.take(1, for: nil) == nil)
    let refused = try concurrently(2) { number in
      (0..<300_000).count { _ in
        let shortage = room.take(1, for: number == 0 ? greedy : modest)
        if shortage == nil, number == 1 { room.giveBack(1, of: modest) }
        return shortage != nil
      }
    }
    #expect(refused == [300_000, 0])
    #expect(room.count == 3)
  }
}
