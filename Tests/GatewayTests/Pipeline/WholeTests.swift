import JSON
import TestKit
import Testing

@testable import Gateway

/// What pipeline and ledger promise together, whatever comes in whichever order.
@Suite("The pipeline with a whole ledger")
struct WholeTests {
  @Test("sends a command once, and answers its repeats as the first was answered, at once and later")
  func repeats() throws {
    let scene = try WholeScene()
    let first = try scene.create("c-1")
    let second = try scene.create("c-1")
    #expect(scene.upstream.sent.count == 1 && first.statuses.isEmpty && second.statuses.isEmpty)
    try scene.end(Material.conference)
    let third = try scene.create("c-1")
    #expect(scene.upstream.sent.count == 1)
    for caller in [first, second, third] {
      #expect(caller.statuses == [200] && caller.replies[0].body == first.replies[0].body)
    }
    #expect([first, second, third].map { $0.field("idempotent-replayed") } == [nil, "true", "true"])
    #expect(try scene.records("decision") == ["forwarded", "replayed", "replayed"])
  }

  @Test("refuses another body under the same id, before the outcome and after it")
  func otherBody() throws {
    let scene = try WholeScene()
    _ = try scene.create("c-1")
    let before = try scene.create("c-1", more: #","max_participants":7"#)
    try scene.end(Material.conference)
    let after = try scene.create("c-1", more: #","max_participants":7"#)
    #expect(before.statuses == [422] && after.statuses == [422] && scene.upstream.sent.count == 1)
  }

  @Test("counts what it sends, and nothing else")
  func limit() throws {
    let scene = try WholeScene(allow: 1)
    let repeated = try (0..<20).map { _ in try scene.create("c-1") }
    try scene.end(Material.conference)
    #expect(repeated.allSatisfy { $0.statuses == [200] })
    let others = try (2..<10).map { try scene.create("c-\($0)") }
    #expect(scene.upstream.sent.count == 5 && others.filter { $0.statuses == [429] }.count == 4)
  }

  @Test("tells everybody one truth of each command", arguments: 1...20 as ClosedRange<UInt64>)
  func anyOrder(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let scene = try WholeScene(allow: 1_000_000)
    var asked: [String: [FakeCaller]] = [:]
    var conferences = 0
    func endOne() throws {
      conferences += 1
      let answer = #"{"data":{"id":"conference-\(conferences)","name":"daily"}}"#
      try scene.end(Material.reply(Bool.random(using: &random) ? 200 : 422, answer))
    }
    for _ in 0..<120 {
      if !scene.upstream.underWay.isEmpty, Int.random(in: 0..<3, using: &random) == 0 {
        try endOne()
      } else {
        let id = "c-\(Int.random(in: 1...5, using: &random))"
        asked[id, default: []].append(try scene.create(id))
      }
    }
    while !scene.upstream.underWay.isEmpty { try endOne() }
    #expect(scene.pipeline.isIdle)
    for (id, callers) in asked {
      #expect(callers.allSatisfy { $0.statuses.count == 1 }, "\(id) in case \(seed)")
      let told = Set(callers.filter { $0.statuses == [200] }.map(\.replies[0].body))
      let first = callers.filter { $0.statuses == [200] && $0.field("idempotent-replayed") == nil }
      #expect(told.count <= 1 && first.count == told.count, "\(id) in case \(seed)")
    }
    let executed = asked.values.joined().filter { $0.statuses == [200] && $0.field("idempotent-replayed") == nil }
    #expect(try scene.records("outcome").filter { $0 == "executed" }.count == executed.count, "in case \(seed)")
  }
}
