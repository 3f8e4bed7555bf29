import Crypto
import EventLoop
import Gateway
import JSON
import Metrics
import TestKit
import Testing

@testable import Telemetry

/// Against a collector over real sockets that takes what OTLP's schema allows.
@Suite("The exporter of spans", .timeLimit(.minutes(30)))
struct SpanExporterTests {
  private let counters = SpanCounters()
  private let log = LogLines()

  private func exporter(_ url: String, headers: [CollectorSettings.Header] = []) throws -> SpanExporter {
    try SpanExporter(
      CollectorSettings(endpoint: url, headers: headers, version: "1.2.3"),
      resource: TraceResource(version: "1.2.3", organization: "ex\"ample"), counters: counters, log: log.logger)
  }

  private static func spans(_ count: Int, from first: Int = 1) -> [TraceSpan] {
    (first..<(first + count)).map { number in
      var span = TraceSpan(
        "n-\(number)", .internal, trace: TraceID(high: 1, low: 2), id: SpanID(number: UInt64(number)),
        parent: SpanID(number: .max), flags: 1, start: 1_796_000_000_000_000_000)
      span.end = span.start + 5
      return span
    }
  }

  private func stop(_ exporter: SpanExporter, within time: Duration = .seconds(30)) {
    exporter.stop(by: .now + time)
    exporter.waitForEnd()
  }

  @Test("sends what OTLP's schema says, whatever stands in a text")
  func schema() throws {
    let collector = try TraceCollector()
    let exporter = try exporter(
      collector.url + "", headers: [.init(name: "authorization", value: Secret(Array("Bearer x y".utf8)))])
    var root = TraceSpan(
      "GET /\u{7F}\"\\\u{1}é", .server, trace: TraceID(high: 0xABC, low: .max), id: SpanID(number: 0xF),
      parent: nil, flags: 3, start: 1_796_000_000_123_456_789)
    root.note("text", "line\nand \"quote\" \u{2028}")
    root.note("number", Int.min)
    root.hasFailed = true
    root.message = "why\t"
    root.end = root.start
    let remote = TraceSpan(
      "n", .client, trace: root.trace, id: SpanID(number: 1), parent: root.id, isRemote: true, flags: 1,
      start: root.start)
    exporter.export([root, remote])
    stop(exporter)
    #expect(collector.faults == [])
    let spans = collector.spans
    try #require(spans.count == 2)
    #expect(spans[0].trace == "0000000000000abcffffffffffffffff" && spans[0].id == "000000000000000f")
    #expect(spans[0].name == "GET /\u{7F}\"\\\u{1}é" && spans[0].parent == nil && spans[0].hasFailed)
    #expect(spans[0]["text"] == "line\nand \"quote\" \u{2028}" && spans[0]["number"] == "\(Int.min)")
    #expect(spans[0].json["status"]?["message"]?.string == "why\t")
    #expect(spans[0].start == 1_796_000_000_123_456_789 && spans[0].kind == 2 && spans[1].kind == 3)
    #expect(spans[0].json["flags"] == .integer(3) && spans[1].json["flags"] == .integer(0x301))
    #expect(spans[1].parent == spans[0].id && !spans[1].hasFailed)
    #expect(collector.resource["service.name"] == "convene" && collector.resource["service.version"] == "1.2.3")
    #expect(collector.resource["convene.organization"] == "ex\"ample")
    #expect(collector.requests[0].lines(named: "authorization") == ["authorization: Bearer x y"])
    #expect(collector.requests[0].lines(named: "user-agent") == ["User-Agent: convene/1.2.3"])
    #expect(counters.exported.value == 2 && counters.dropped.value == 0 && log.all == [])
  }

  @Test("sends in batches, and each span once")
  func batches() throws {
    let collector = try TraceCollector()
    let exporter = try exporter(collector.url)
    for number in 0..<300 { exporter.export(Self.spans(5, from: number * 5 + 1)) }
    try collector.spans(1500)
    stop(exporter)
    #expect(collector.faults == [])
    #expect(collector.spans.map(\.name) == Self.spans(1500).map(\.name))
    #expect(collector.requests.count <= 300 && counters.exported.value == 1500)
  }

  @Test(
    "sends again what a collector can't take yet, and says when that begins and ends", arguments: [429, 502, 503, 504])
  func unavailable(status: Int) throws {
    let collector = try TraceCollector { number in
      number > 1 ? nil : .reply(ScriptedUpstream.ok("busy", status: "\(status) No"))
    }
    let exporter = try exporter(collector.url)
    exporter.export(Self.spans(3))
    try wait { counters.exported.value == 3 }
    exporter.export(Self.spans(1))
    stop(exporter)
    #expect(collector.requests.count == 3 && collector.requests[0].body == collector.requests[1].body)
    #expect(counters.failures.value == 1 && counters.dropped.value == 0 && counters.exported.value == 4)
    #expect(log.all == ["warning: traces can't be exported", "notice: traces are exported again"])
  }

  @Test(
    "drops what a collector refuses, and goes on",
    arguments: ["400 Bad", "401 No", "404 No", "500 No", "307 No", "413 No"])
  func refused(status: String) throws {
    let collector = try TraceCollector { number in
      number > 2
        ? nil : .reply(ScriptedUpstream.ok("<html>no</html>", status: status, headers: ["Location: http://x.example"]))
    }
    let exporter = try exporter(collector.url)
    for number in 1...3 {
      exporter.export(Self.spans(2, from: number * 10))
      try wait { counters.dropped.value + counters.exported.value == number * 2 }
    }
    stop(exporter)
    #expect(collector.requests.count == 3 && collector.spans.count == 6)
    #expect(counters.failures.value == 2 && counters.dropped.value == 4 && counters.exported.value == 2)
    #expect(log.all == ["warning: traces can't be exported", "notice: traces are exported again"])
  }

  @Test(
    "counts what a collector takes of a batch",
    arguments: [
      (#"{"partialSuccess":{"rejectedSpans":"2","errorMessage":"no"}}"#, 2),
      (#"{"partialSuccess":{"rejectedSpans":1}}"#, 1), (#"{"partialSuccess":{"rejectedSpans":"99999999999"}}"#, 3),
      (#"{"partialSuccess":{"rejectedSpans":-4}}"#, 0), (#"{"partialSuccess":{"errorMessage":"advice"}}"#, 0),
      (#"{"partialSuccess":[]}"#, 0), ("", 0), ("<html>", 0), ("[[[[", 0),
      (String(repeating: "x", count: 200_000), 0),
    ])
  func partial(body: String, rejected: Int) throws {
    let collector = try TraceCollector { _ in .reply(ScriptedUpstream.ok(body)) }
    let exporter = try exporter(collector.url)
    exporter.export(Self.spans(3))
    stop(exporter)
    #expect(collector.requests.count == 1)
    #expect(counters.exported.value == 3 - rejected && counters.dropped.value == rejected)
    #expect(log.all == (rejected > 0 ? ["warning: traces can't be exported"] : []))
  }

  @Test("reads no more of an answer than it needs", arguments: ["head", "body"])
  func endless(part: String) throws {
    let line =
      part == "head" ? "x-more: \(String(repeating: "y", count: 8000))\r\n" : String(repeating: "z", count: 8000)
    let endless = String(repeating: line, count: 2000)
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 1000000000000\r\n"
    // The connection stays, and the rest never comes.
    let collector = try TraceCollector { _ in .reply(head + (part == "head" ? "" : "\r\n") + endless) }
    let exporter = try exporter(collector.url)
    for number in 1...2 {
      exporter.export(Self.spans(3, from: number * 10))
      try wait { counters.exported.value == number * 3 }
    }
    stop(exporter)
    #expect(collector.requests.count == 2 && counters.dropped.value == 0 && log.all == [])
  }

  @Test(
    "takes nobody's time and drops what has no room while a collector is down, hangs or answers nonsense",
    arguments: ["hang", "down", "nonsense", "slow", "closes"])
  func unwell(kind: String) throws {
    let collector = try TraceCollector { _ in
      switch kind {
      case "hang": .hang
      case "nonsense": .last("\u{0}\u{1}no HTTP at all\r\n\r\n")
      case "slow": .reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{")
      default: .last("")
      }
    }
    let exporter = try exporter(kind == "down" ? "http://127.0.0.1:1/v1/traces" : collector.url)
    // More than there is room for; this thread would never come to the end of it if it had to wait.
    for number in 0..<4000 { exporter.export(Self.spans(5, from: number * 5 + 1)) }
    #expect(counters.dropped.value >= 20_000 - SpanExporter.capacity)
    if kind != "hang", kind != "slow" { try wait { counters.failures.value > 0 } }
    stop(exporter, within: .milliseconds(300))
    #expect(counters.exported.value == 0 && counters.dropped.value == 20_000)
    #expect(log.all.count { $0 == "warning: traces can't be exported" } <= 1)
    exporter.export(Self.spans(1))
    #expect(counters.dropped.value == 20_001)
  }

  @Test("sends what waits when the process ends, and is over at once where nothing does")
  func flush() throws {
    let collector = try TraceCollector()
    let exporter = try exporter(collector.url)
    for number in 0..<200 { exporter.export(Self.spans(5, from: number * 5 + 1)) }
    stop(exporter)
    #expect(collector.spans.count == 1000 && counters.exported.value == 1000)
    let idle = try self.exporter(collector.url)
    stop(idle)
    #expect(collector.spans.count == 1000)
  }

  @Test("says that more spans come than a collector takes, and when that is over")
  func overflow() throws {
    let gate = Gate()
    let collector = try TraceCollector { number in
      if number == 1 { gate.pass() }
      return nil
    }
    let exporter = try exporter(collector.url)
    for number in 0..<2000 { exporter.export(Self.spans(5, from: number * 5 + 1)) }
    let dropped = counters.dropped.value
    #expect(dropped == 10_000 - SpanExporter.capacity / 5 * 5)
    gate.open()
    stop(exporter)
    #expect(counters.exported.value == 10_000 - dropped && counters.dropped.value == dropped)
    #expect(
      log.all == [
        "warning: spans are dropped: there are more than the collector takes", "notice: no spans are dropped any more",
      ])
  }
}
