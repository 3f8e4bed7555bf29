import Conference
import EventLoop
import Logging
import TestKit
import Testing

@testable import Gateway

@Suite("The log")
struct RequestLineTests {
  private static let trace = "4bf92f3577b34da6a3ce929d0e0e4736"
  private static let fields: HeaderFields = [
    "X-Request-Id": "r-1", "traceparent": "00-\(trace)-00f067aa0ba902b7-01",
  ]

  private func line(_ scene: PipelineScene) throws -> [String: String] {
    let lines = scene.log.lines.filter { $0.message == "request" }
    #expect(lines.count == 1 && lines.allSatisfy { $0.level == .debug })
    return try #require(lines.first).metadata.mapValues(\.description)
  }

  @Test("has a line for each request at debug, with the times of its stages")
  func request() throws {
    let scene = try PipelineScene(level: .debug)
    let (_, exchange) = try scene.create(fields: Self.fields)
    scene.pass(.microseconds(1500))
    scene.answer(.admitted([]), to: exchange)
    scene.pass(.milliseconds(20))
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", exchange)
    #expect(
      try line(scene) == [
        "request_id": "r-1", "trace_id": Self.trace, "team": "support", "caller": "anyone", "peer": "10.0.0.1:1",
        "method": "POST", "route": "create", "status": "200", "decision": "forwarded",
        "outcome": "executed", "command_id": "c-1", "attempts": "1", "upstream_status": "200",
        "configuration": scene.pipeline.snapshot.revision,
        "ms":
          #"{"decided":0.000,"admitted":1.500,"sent":1.500,"outcome":21.500,"settled":21.500,"replied":21.500}"#,
      ])
  }

  @Test("has the same for what was refused, with the reason")
  func refused() throws {
    let scene = try PipelineScene(level: .debug)
    let (_, exchange) = try scene.create(fields: Self.fields)
    let (refusal, limits) = Material.limited()
    scene.answer(.refused(refusal, limits), to: exchange)
    let line = try line(scene)
    #expect(line["decision"] == "limited" && line["kind"] == "limited" && line["status"] == "429")
    #expect(line["command_id"] == "c-1" && line["attempts"] == "0" && line["outcome"] == nil)
  }

  @Test("has nothing of methods that there are not, paths, queries, keys and bodies")
  func secrets() throws {
    let scene = try PipelineScene(level: .debug)
    _ = scene.receive(
      Material.request(
        "SECRET", "/secret?key=secret", fields: ["Authorization": "Bearer secret"], body: "secret", at: scene.now))
    let id = try scene.ledger.takeOne().exchange
    scene.answer(.recorded, to: id)
    let line = try line(scene)
    #expect(line["method"] == "other" && line["route"] == "none" && line["team"] == nil)
    #expect(!line.values.contains { $0.lowercased().contains("secret") })
  }

  @Test("has none of it at info")
  func quiet() throws {
    let scene = try PipelineScene()
    let (_, exchange) = try scene.sending(fields: Self.fields)
    try scene.end(Material.conference)
    _ = try scene.settle("c-1 done", exchange)
    #expect(scene.log.lines.isEmpty)
  }

  @Test("names the request, its trace, team and caller in each line that belongs to it")
  func context() throws {
    let scene = try PipelineScene()
    let (_, exchange) = try scene.sending(fields: Self.fields)
    scene.answer(.recorded, to: exchange)
    try scene.end(Material.lost)
    scene.passDeadline()
    _ = try scene.settle("c-1 unknown", exchange)
    let lines = scene.log.lines
    #expect(
      lines.map(\.message) == [
        "an exchange was told what can't be", "Telnyx can't be reached",
        "nobody knows yet whether a command was executed; Telnyx is asked",
      ])
    for line in lines {
      #expect(line.metadata["request_id"] == "r-1" && line.metadata["trace_id"]?.description == Self.trace)
      #expect(line.metadata["team"] == "support" && line.metadata["caller"] == "anyone")
    }
  }
}
