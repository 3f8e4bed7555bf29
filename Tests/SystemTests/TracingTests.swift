import Foundation
import JSON
import TestKit
import Testing

/// The whole way: a real gateway, a real Telnyx or what stands in for it, and a collector that takes what OTLP's schema allows.
@Suite("Traces", .timeLimit(.minutes(30)))
struct TracingTests {
  private static let trace = "0af7651916cd43dd8448eb211c80319c"
  private static let sampled = "traceparent: 00-\(trace)-b7ad6b7169203331-01"
  private static let unsampled = "traceparent: 00-\(trace)-b7ad6b7169203331-00"

  private func gateway(
    before simulator: SimulatorProcess, to collector: String, ratio: String = "0",
    _ change: (inout GatewayProcess.Options) -> Void = { _ in }
  ) throws -> GatewayProcess {
    try GatewayProcess(before: simulator) {
      $0.tracing = ["otlp: \(collector)", "ratio: \(ratio)"]
      $0.admin = true
      change(&$0)
    }
  }

  @Test("show a create with two attempts as one tree, whose parts lie within the request, and Telnyx is told of it")
  func tree() throws {
    let collector = try TraceCollector()
    let upstream = try ScriptedUpstream { number, _ in
      number == 1 ? .last("") : .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.tracing = ["otlp: \(collector.origin)", "ratio: 0"]
    options.admin = true
    let gateway = try GatewayProcess(options)
    let before = Int64(Date().timeIntervalSince1970 * 1e9) - 1_000_000_000
    #expect(try gateway.create(GatewayProcess.command("c-1"), headers: [Self.sampled]).status == 200)
    let after = Int64(Date().timeIntervalSince1970 * 1e9) + 1_000_000_000
    let spans = try collector.spans(5)
    #expect(collector.faults == [])
    #expect(spans.map(\.name) == ["POST /conferences", "ledger admit", "POST", "POST", "ledger settle"])
    #expect(spans.map(\.kind) == [2, 1, 3, 3, 1])
    #expect(spans.allSatisfy { $0.trace == Self.trace } && Set(spans.map(\.id)).count == 5)
    let root = spans[0]
    #expect(root.parent == "b7ad6b7169203331" && spans.dropFirst().allSatisfy { $0.parent == root.id })
    #expect(root.start > before && root.end < after)
    for span in spans { #expect(span.start >= root.start && span.start <= span.end && span.end <= root.end) }
    for (earlier, later) in zip(spans.dropFirst(), spans.dropFirst(2)) { #expect(earlier.end <= later.start) }
    #expect(spans.map(\.hasFailed) == [false, false, true, false, false])
    #expect(spans[2]["error.type"] == "empty_reply" && spans[3]["http.response.status_code"] == "200")
    #expect(spans[3]["http.request.resend_count"] == "1" && spans[3]["server.address"] == "127.0.0.1")
    #expect(root["convene.team"] == "support" && root["convene.caller"] == "dialer")
    #expect(root["convene.command_id"] == "c-1" && root["convene.decision"] == "forwarded")
    #expect(root["http.response.status_code"] == "200" && root["network.peer.address"] == "127.0.0.1")
    #expect(collector.resource["convene.organization"] == "example")
    #expect(
      upstream.requests.map { $0.lines(named: "traceparent") }
        == [2, 3].map {
          ["traceparent: 00-\(Self.trace)-\(spans[$0].id)-01"]
        })
    #expect(try gateway.audit(1).first?["traceparent"]?.string?.contains(Self.trace) == true)
    try wait { try gateway.metric("convene_spans_exported_total") == 5 }
    #expect(try gateway.metric("convene_spans_dropped_total") == 0)
    #expect(try gateway.metric("convene_span_export_failures_total") == 0)
  }

  @Test("are sampled as their callers say, else as often as the ratio says", arguments: ["0", "1"])
  func sampling(ratio: String) throws {
    let collector = try TraceCollector()
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator, to: collector.url, ratio: ratio)
    for (id, headers) in [("said", [Self.sampled]), ("denied", [Self.unsampled]), ("silent", [])] {
      #expect(try gateway.create(GatewayProcess.command(id, name: id), headers: headers).status == 200)
    }
    #expect(try gateway.call("GET", "/v2/operations/silent").status == 200)
    #expect(try gateway.create(GatewayProcess.command("stranger"), key: "wrong", headers: [Self.sampled]).status == 401)
    #expect(gateway.terminate() == 0)
    #expect(collector.faults == [])
    let roots = collector.spans.filter { $0.kind == 2 }
    #expect(
      roots.map { $0["convene.command_id"] ?? $0["http.response.status_code"] }
        == (ratio == "1" ? ["said", "silent", "silent", "401"] : ["said"]))
    #expect(Set(collector.spans.map(\.trace)).count == (ratio == "1" ? 3 : 1))
    // A trace that begins here has no parent, and the record knows it by the name that the collector has.
    let records = ChildProcess.jsonLines(gateway.process.standardOutput)
    for root in roots where root["convene.command_id"] == "silent" && root["convene.decision"] == "forwarded" {
      #expect(root.parent == nil)
      let record = records.first { $0["command_id"]?.string == "silent" }
      #expect(record?["traceparent"]?.string == "00-\(root.trace)-\(root.id)-01")
    }
  }

  @Test(
    "are never in a request's way, nor in the way of the end, whatever the collector does",
    arguments: ["down", "hang", "slow", "503", "nonsense", "huge"])
  func unwell(kind: String) throws {
    let collector = try TraceCollector { _ in
      switch kind {
      case "hang": .hang
      case "slow": .reply("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{")
      case "503": .reply(ScriptedUpstream.ok("busy", status: "503 No", headers: ["Retry-After: 9"]))
      case "huge": .reply(ScriptedUpstream.ok(String(repeating: "x", count: 8 << 20)))
      default: .last("no HTTP")
      }
    }
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator, to: kind == "down" ? "http://127.0.0.1:1" : collector.url, ratio: "1")
    {
      $0.server = ["drain: {timeout: 500ms}"]
    }
    for number in 1...40 {
      #expect(try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)")).status == 200)
    }
    let isHeard = ["down", "503", "nonsense"].contains(kind)
    if isHeard { try wait { try gateway.metric("convene_span_export_failures_total") > 0 } }
    if kind == "hang" { try wait { !collector.requests.isEmpty } }
    #expect(try gateway.create(GatewayProcess.command("last", name: "last")).status == 200)
    #expect(gateway.terminate() == 0)
    #expect(try simulator.executed().count == 41)
    let said = ChildProcess.jsonLines(gateway.process.standardError).filter {
      $0["message"]?.string == "traces can't be exported"
    }
    #expect(said.count == (isHeard ? 1 : 0))
    #expect(said.allSatisfy { $0["level"]?.string == "warning" && $0["reason"] != nil && $0["detail"] != nil })
  }

  @Test("have nothing secret, nothing of a body, and no path that isn't the gateway's own")
  func secrets() throws {
    let (token, key) = ("KEY01-a-token-that-nobody-may-see", "convene_a-key-that-nobody-may-see")
    let collector = try TraceCollector()
    let simulator = try SimulatorProcess(["--token", token])
    let gateway = try gateway(before: simulator, to: collector.url, ratio: "1") {
      $0.environment = ["TOKEN": token, "WRONG": "wrong-\(token)", "COLLECTOR": "Bearer the-collectors-secret"]
      $0.tokens = ["env: WRONG", "env: TOKEN"]
      $0.tracing.append("headers: {authorization: {env: COLLECTOR}}")
      $0.teams["support"] = """
        version: 1
        team: support
        callers: [{name: dialer, key_sha256: "\(GatewayProcess.digest(key))"}]
        """
    }
    let secret = "\"client_state\":\"c2VjcmV0LXN0YXRl\",\"hold_audio_url\":\"https://x.example/secret-audio\""
    let body = GatewayProcess.command(
      "c-1", secret + ",\"start_conference_on_create\":false,\"beep_enabled\":\"always\"")
    for fault in ["", "status=422", "close-after"] {
      try simulator.queue(faults: fault)
      _ = try gateway.create(body.replacing("c-1", with: "c-\(fault.count)"), key: key)
    }
    _ = try gateway.create(body.replacing("always", with: "secret-beep"), key: key)
    for (path, headers) in [
      ("/conferences?api_key=\(key)", []), ("/\(key)", []), ("/conferences", ["Authorization: Bearer \(token)"]),
      ("/conferences", ["X-Api-Key: \(key)"]),
    ] { _ = try gateway.call("POST", path, body, key: nil, headers: headers) }
    #expect(gateway.terminate() == 0)
    #expect(collector.faults == [] && collector.spans.count { $0.kind == 2 } == 8)
    let seen = collector.requests.map { String(decoding: $0.body, as: UTF8.self) }.joined()
    for text in [
      token, key, "c2VjcmV0", "secret", "v3:of-a-test", "always", "the-collectors",
    ] { #expect(!seen.contains(text), "\(text)") }
    #expect(seen.contains("c-11"), "the search finds what is there")
    #expect(
      collector.requests.allSatisfy {
        $0.lines(named: "authorization") == ["authorization: Bearer the-collectors-secret"]
      })
    for output in [gateway.process.standardError, gateway.process.standardOutput] {
      #expect(!output.contains("the-collectors-secret"))
    }
  }

  @Test("go over TLS only to a collector whose certificate is trusted", arguments: [true, false])
  func tls(isTrusted: Bool) throws {
    let scratch = try Scratch()
    // It takes no traces: what it answers shows that it was reached.
    let simulator = try SimulatorProcess(
      ["--tls-listen", "127.0.0.1:0", "--tls-directory", scratch.path("tls")], listeners: 2)
    let gateway = try gateway(before: simulator, to: simulator.httpsURL, ratio: "1") {
      if isTrusted { $0.tracing.append("ca_file: \"\(scratch.path("tls/ca.pem"))\"") }
    }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let line = try #require(
      try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == "traces can't be exported" }.first)
    #expect((line["reason"]?.string == "status 404") == isTrusted, "\(line)")
    #expect((line["detail"]?.string?.contains("certificate") == true) == !isTrusted, "\(line)")
  }

  @Test("change their ratio by a reload, and their collector by a restart alone")
  func reload() throws {
    let collector = try TraceCollector()
    let simulator = try SimulatorProcess()
    let gateway = try gateway(before: simulator, to: collector.url)
    func log(_ message: String) throws -> JSONValue? {
      try gateway.process.lines(1, of: \.standardError) { $0["message"]?.string == message }.first
    }
    var options = gateway.options
    options.tracing[1] = "ratio: 1"
    _ = try GatewayProcess.write(options, to: gateway.scratch)
    gateway.process.signal(SIGHUP)
    _ = try log("the configuration was read anew")
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    try collector.spans(4)
    options.tracing[0] = "otlp: http://127.0.0.1:1"
    _ = try GatewayProcess.write(options, to: gateway.scratch)
    gateway.process.signal(SIGHUP)
    let refused = try log("the configuration can't be read anew; what was in force stays so")
    #expect(
      refused?["errors"]?.array?.first?.string?.contains("tracing.otlp was changed, which needs a restart") == true)
    #expect(try gateway.create(GatewayProcess.command("c-2", name: "n-2")).status == 200)
    try collector.spans(8)
    #expect(collector.faults == [])
  }
}
