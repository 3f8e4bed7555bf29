import Crypto
import Testing

@testable import Upstream

@Suite("Tokens that must stand in no reply")
struct TokenStoreTests {
  private func token(_ name: String) -> Secret { Secret(Array("KEY-obviously-fake-\(name)".utf8)) }

  private func masks(_ name: String, _ traces: TokenTraces) -> Bool {
    var text = Array("a KEY-obviously-fake-\(name) b".utf8)
    return traces.mask(&text)
  }

  @Test("are all that are configured, however often another one was replaced")
  func configured() {
    let store = TokenStore([token("a-0"), token("b-0")])
    // As a reload, or a file, brings one.
    let kept = store.add(token("a-1"))
    store.use([kept, 1])
    var last = 1
    for round in 1...100 {
      last = store.add(token("b-\(round)"))
      store.use([kept, last])
      #expect(masks("a-1", store.traces(beside: kept)) && masks("a-1", store.traces(beside: last)))
      #expect(masks("b-\(round)", store.traces(beside: kept)))
    }
    #expect((84...99).allSatisfy { masks("b-\($0)", store.traces(beside: kept)) }, "those that were replaced last, too")
    #expect(!masks("b-83", store.traces(beside: kept)))
  }

  @Test("are the one that an attempt was sent with, however long ago it was replaced")
  func underWay() {
    let store = TokenStore([token("0")])
    for round in 1...50 { store.use([store.add(token("\(round)"))]) }
    #expect(masks("0", store.traces(beside: 0)) && masks("3", store.traces(beside: 3)))
    #expect(masks("50", store.traces(beside: 0)))
  }

  @Test("are all of many that were replaced at once, and one that has come back")
  func atOnce() {
    let store = TokenStore((0..<30).map { token("\($0)!") })
    let new = store.add(token("new"))
    store.use([new])
    #expect((0..<30).allSatisfy { masks("\($0)!", store.traces(beside: new)) })
    store.use([new, 7])
    for round in 1...40 { store.use([store.add(token("other-\(round)")), 7]) }
    #expect(masks("7!", store.traces(beside: new)) && !masks("8!", store.traces(beside: 7)))
  }
}
