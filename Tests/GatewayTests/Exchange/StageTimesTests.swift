import EventLoop
import Testing

@testable import Gateway

@Suite("The times of an exchange's stages")
struct StageTimesTests {
  private func milliseconds(_ exchange: Exchange) -> [StageTimes.Stage: Int64] {
    var times: [StageTimes.Stage: Int64] = [:]
    for stage in StageTimes.Stage.allCases { times[stage] = exchange.times.elapsed(until: stage)?.milliseconds }
    return times
  }

  @Test("are those of the turns in which they began")
  func create() throws {
    let scene = try PipelineScene()
    let (caller, id) = try scene.create()
    let exchange = try #require(scene.pipeline.exchanges[id])
    scene.pass(.milliseconds(2))
    scene.answer(.admitted([]), to: id)
    scene.pass(.milliseconds(30))
    let firstByte = scene.now
    scene.pass(.milliseconds(4))
    try scene.end(
      .replied(UpstreamReply(status: 200, fields: [:], body: Array(Material.description.utf8), firstByte: firstByte)))
    scene.pass(.milliseconds(5))
    _ = try scene.settle("c-1 done", id)
    #expect(caller.statuses == [200] && scene.isOver)
    #expect(
      milliseconds(exchange) == [
        .received: 0, .decided: 0, .admitted: 2, .sent: 2, .firstByte: 32, .outcome: 36, .settled: 41, .replied: 41,
      ])
  }

  @Test("have the first send's and the last reply's of a command that is sent twice")
  func resend() throws {
    let scene = try PipelineScene()
    let (_, id) = try scene.sending()
    let exchange = try #require(scene.pipeline.exchanges[id])
    scene.pass(.milliseconds(10))
    try scene.end(Material.lost)
    scene.pass(.seconds(1))
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", id)
    #expect(
      milliseconds(exchange) == [
        .received: 0, .decided: 0, .admitted: 0, .sent: 0, .outcome: 1010, .settled: 1010, .replied: 1010,
      ])
  }

  @Test("have none for a stage that was not entered", arguments: [false, true])
  func refused(isLimited: Bool) throws {
    let scene = try PipelineScene()
    let caller = scene.receive(Material.request(body: isLimited ? Material.body("c-1") : "{", at: scene.now))
    let id = try scene.ledger.takeOne().exchange
    let exchange = try #require(scene.pipeline.exchanges[id])
    scene.pass(.milliseconds(3))
    let (refusal, limits) = Material.limited()
    scene.answer(isLimited ? .refused(refusal, limits) : .recorded, to: id)
    #expect(caller.statuses == [isLimited ? 429 : 400])
    #expect(milliseconds(exchange) == [.received: 0, .decided: 0, isLimited ? .admitted : .settled: 3, .replied: 3])
  }
}
