import Foundation
import JSON
import TestKit
import Testing

@Suite("A request that is refused for its head", .timeLimit(.minutes(30)))
struct EarlyRefusalTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let line: String
    let headers: [String]
    let refused: Refused
    var team: String? = "support"
  }

  private static let create = "POST /v2/conferences HTTP/1.1"
  private static let key = "Authorization: Bearer \(GatewayProcess.key)"
  private static let json = "Content-Type: application/json"
  private static let length = "Content-Length: 65000"
  private static let badRequest = Refused(400, "bad_request", "10015")

  static let rows = [
    Row(
      testDescription: "a stranger's", line: create, headers: [json, length],
      refused: Refused(401, "unauthenticated", "10009"), team: nil),
    Row(
      testDescription: "a stranger's, in chunks", line: create, headers: [json, "Transfer-Encoding: chunked"],
      refused: Refused(401, "unauthenticated", "10009"), team: nil),
    Row(
      testDescription: "of no path", line: "POST /v2/calls HTTP/1.1", headers: [key, json, length],
      refused: Refused(404, "not_found", "10005"), team: nil),
    Row(
      testDescription: "of no method", line: "PUT /v2/conferences HTTP/1.1", headers: [key, json, length],
      refused: Refused(405, "method_not_allowed", "10030"), team: nil),
    Row(
      testDescription: "too large", line: create, headers: [key, json, "Content-Length: 65537"],
      refused: Refused(413, "body_too_large", "10015")),
    Row(
      testDescription: "without a length", line: create, headers: [key, json],
      refused: Refused(411, "length_required", "10015")),
    Row(
      testDescription: "no JSON", line: create, headers: [key, "Content-Type: text/plain", length],
      refused: Refused(415, "media_type", "10029")),
    Row(
      testDescription: "expecting more", line: create, headers: [key, json, length, "Expect: 200-ok"],
      refused: Refused(417, "expectation_failed", "10015"), team: nil),
    Row(
      testDescription: "with two keys", line: create,
      headers: [key, json, length, "Idempotency-Key: a", "Idempotency-Key: b"], refused: badRequest),
    Row(
      testDescription: "with half a key", line: create, headers: [key, json, length, "Idempotency-Key: \"a"],
      refused: badRequest),
    Row(
      testDescription: "of a host that is none", line: create, headers: [key, json, length, "Host: a/b@c"],
      refused: badRequest, team: nil),
  ]

  @Test("is answered and on the record before its body, which is not asked for", arguments: rows)
  func early(row: Row) throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let names = row.headers.map { $0.prefix { $0 != ":" } }
    let own =
      (names.contains("Host") ? [] : ["Host: h"]) + (names.contains("Expect") ? [] : ["Expect: 100-continue"])
    let client = try gateway.connect()
    try client.send(([row.line] + own + row.headers).joined(separator: "\r\n") + "\r\n\r\n")
    let reply = try client.readReply()
    row.refused.check(reply)
    #expect(reply.headers["connection"]?.lowercased() == "close")
    #expect(client.readToEnd() == [])
    let records = try gateway.recordsAtEnd()
    #expect(records.map { Record($0) } == [Record("refused", row.refused.status)])
    #expect(records.first?["team"]?.string == row.team)
    #expect(upstream.requests.isEmpty)
  }

  @Test("costs no memory for its body, however many there are")
  func crowd() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["body_timeout: 600s"] }
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let before = try gateway.process.residentBytes
    let body = String(repeating: "x", count: 64_999)
    let request = "\(Self.create)\r\nHost: h\r\n\(Self.json)\r\n\(Self.length)\r\n\r\n\(body)"
    let crowd = try (0..<500).map { _ in
      let client = try gateway.connect()
      try? client.send(request)
      return client
    }
    for client in crowd { #expect(try client.readReply().status == 401) }
    // The bodies are 32 MB.
    #expect(try gateway.process.residentBytes < before + 16 << 20)
    #expect(try gateway.create(GatewayProcess.command("c-1")).headers["idempotent-replayed"] == "true")
  }

  @Test("is refused for want of room, too, where others' bodies use it up, and nothing is sent")
  func noRoom() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_body: 4MiB", "body_timeout: 600s"] }
    func head(_ length: Int) -> String {
      "\(Self.create)\r\nHost: h\r\n\(Self.json)\r\n\(Self.key)\r\nExpect: 100-continue\r\nContent-Length: \(length)\r\n\r\n"
    }
    // As much as is left free.
    var crowd = try (0..<2).map { _ in
      let client = try gateway.connect()
      try client.send(head(4 << 20))
      #expect(try client.readReply().status == 100)
      return client
    }
    let client = try gateway.connect()
    let body = GatewayProcess.command("c-1")
    try client.send(head(body.utf8.count))
    Refused(503, "overloaded", "10037").check(try client.readReply())
    crowd.removeAll()
    try wait { try gateway.create(body).status == 200 }
    #expect(try simulator.executed().count == 1)
  }
}

extension ChildProcess {
  /// Bytes of memory that the child has resident.
  fileprivate var residentBytes: Int {
    get throws {
      let status = try String(contentsOfFile: "/proc/\(identifier)/status", encoding: .utf8)
      let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmRSS:") })
      return try #require(line.split(whereSeparator: { !$0.isNumber }).compactMap { Int($0) }.first) * 1024
    }
  }
}
