package import JSON
internal import Synchronization

/// A collector of traces in the test's own process. It takes only what is an `ExportTraceServiceRequest` in OTLP's JSON, by the
/// field names and types of opentelemetry-proto (`OTLPSchema`), and keeps all faults that it has found.
package final class TraceCollector: Sendable {
  package typealias Script = @Sendable (_ number: Int) -> ScriptedUpstream.Reaction?

  private let server: ScriptedUpstream

  /// - Parameter script: what to answer to which request; nil = that it was taken.
  package init(_ script: @escaping Script = { _ in nil }) throws {
    server = try ScriptedUpstream { number, _ in script(number) ?? .reply(Self.taken) }
  }

  package static let taken = ScriptedUpstream.ok("{}")

  /// With the path by which collectors take traces.
  package var url: String { origin + "/v1/traces" }
  package var origin: String { String(server.url.dropLast("/v2".count)) }
  package var requests: [ScriptedUpstream.Request] { server.requests }

  /// What is wrong with any request; empty where all is right.
  package var faults: [String] {
    requests.flatMap { request in
      var faults: [String] = []
      let line = request.head.prefix { $0 != "\r\n" }
      if line != "POST /v1/traces HTTP/1.1" { faults.append("\(line)") }
      if request.lines(named: "content-type") != ["Content-Type: application/json"] { faults.append("content-type") }
      guard let json = try? JSONValue.parse(request.body) else { return faults + ["no JSON"] }
      return faults + OTLPSchema.faults(in: json)
    }
  }

  /// All spans of all requests, in the order in which they came.
  package var spans: [ReceivedSpan] {
    requests.flatMap { request in
      ((try? JSONValue.parse(request.body))?["resourceSpans"]?.array ?? []).flatMap { resource in
        (resource["scopeSpans"]?.array ?? []).flatMap { $0["spans"]?.array ?? [] }.map(ReceivedSpan.init)
      }
    }
  }

  /// Waits until there are so many spans.
  @discardableResult
  package func spans(_ count: Int) throws -> [ReceivedSpan] {
    try wait { spans.count >= count }
    return spans
  }

  /// Attributes of the first request's resource.
  package var resource: [String: String] {
    let json = requests.first.flatMap { try? JSONValue.parse($0.body) }
    return ReceivedSpan.attributes(json?["resourceSpans"]?.array?.first?["resource"])
  }
}

/// A span as a collector gets it.
package struct ReceivedSpan: Sendable {
  package let json: JSONValue

  package var name: String { json["name"]?.string ?? "" }
  package var trace: String { json["traceId"]?.string ?? "" }
  package var id: String { json["spanId"]?.string ?? "" }
  package var parent: String? { json["parentSpanId"]?.string }
  package var start: Int64 { json["startTimeUnixNano"]?.string.flatMap { Int64($0) } ?? 0 }
  package var end: Int64 { json["endTimeUnixNano"]?.string.flatMap { Int64($0) } ?? 0 }
  /// 1 = internal, 2 = of a server, 3 = of a client.
  package var kind: Int64 { if case .integer(let kind) = json["kind"] { kind } else { 0 } }
  package var hasFailed: Bool { json["status"]?["code"] == .integer(2) }
  package subscript(key: String) -> String? { Self.attributes(json)[key] }

  static func attributes(_ json: JSONValue?) -> [String: String] {
    (json?["attributes"]?.array ?? []).reduce(into: [:]) { found, attribute in
      let value = attribute["value"]
      found[attribute["key"]?.string ?? ""] = value?["stringValue"]?.string ?? value?["intValue"]?.string
    }
  }
}
