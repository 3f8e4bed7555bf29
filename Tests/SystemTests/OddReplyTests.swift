import JSON
import TestKit
import Testing

/// Replies that no Telnyx would give, but something between here and there might.
@Suite("An odd reply", .timeLimit(.minutes(30)))
struct OddReplyTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let reply: ScriptedUpstream.Reaction
    /// What the caller gets: one of these.
    let statuses: [Int]

    init(_ name: String, _ reply: ScriptedUpstream.Reaction, _ statuses: Int...) {
      testDescription = name
      self.reply = reply
      self.statuses = statuses
    }
  }

  private static let body = ScriptedUpstream.conference
  private static let length = "content-length: \(body.utf8.count)"

  private static let empty = "content-length: 0"

  private static func head(_ lines: String...) -> String { lines.joined(separator: "\r\n") + "\r\n\r\n" }

  static let rows = [
    Row("of HTTP/1.0", .last(head("HTTP/1.0 200 OK") + body), 200),
    Row("without a reason", .reply(head("HTTP/1.1 200", length) + body), 200),
    Row("with an unknown success", .reply(head("HTTP/1.1 299 Odd", length) + body), 299),
    Row("with many fields", .reply(head("HTTP/1.1 200 OK", length, manyFields) + body), 200),
    Row("with a folded field", .reply(head("HTTP/1.1 200 OK", length, "x-folded: a\r\n b") + body), 200),
    Row(
      "with a field that is not text", .reply(head("HTTP/1.1 200 OK", length, "x-odd: \u{1}\u{7F}é") + body), 200, 504),
    Row("with a line that is no field", .reply(head("HTTP/1.1 200 OK", length, "no colon") + body), 200, 504),
    Row("with a field that has no name", .reply(head("HTTP/1.1 200 OK", length, ": x") + body), 200, 504),
    Row(
      "with an endless head",
      .last(head("HTTP/1.1 200 OK", length, "x: " + String(repeating: "x", count: 400_000)) + body), 504),
    Row(
      "with interim replies",
      .reply(
        head("HTTP/1.1 100 Continue") + head("HTTP/1.1 103 Early", "x: 1") + head("HTTP/1.1 200 OK", length) + body),
      200),
    Row("that switches protocols", .last(head("HTTP/1.1 101 Switching Protocols", "upgrade: x")), 504),
    Row("of no known class", .reply(head("HTTP/1.1 700 Odd", length) + body), 504),
    Row("of a status that is none", .reply(head("HTTP/1.1 999 Odd", length) + body), 504),
    Row("of choices", .reply(head("HTTP/1.1 300 Multiple Choices", empty)), 504),
    Row("that has moved", .reply(head("HTTP/1.1 301 Moved Permanently", "location: /v2/c", empty)), 504),
    Row("that is found elsewhere", .reply(head("HTTP/1.1 302 Found", "location: /v2/conferences/a", empty)), 504),
    Row("to be seen elsewhere", .reply(head("HTTP/1.1 303 See Other", "location: /v2/conferences/a", empty)), 504),
    Row("that is not modified", .reply(head("HTTP/1.1 304 Not Modified")), 504),
    Row("of an unknown redirect", .reply(head("HTTP/1.1 310 Odd", empty)), 504),
    Row("to be asked for elsewhere", .reply(head("HTTP/1.1 307 Temporary Redirect", "location: /c", empty)), 502),
    Row("to be asked for elsewhere for ever", .reply(head("HTTP/1.1 308 Permanent", "location: /c", empty)), 502),
    Row("with two lengths", .reply(head("HTTP/1.1 200 OK", length, "content-length: 2") + body), 200, 504),
    Row("with a length that is no number", .reply(head("HTTP/1.1 200 OK", "content-length: many") + body), 504),
    Row("with a negative length", .reply(head("HTTP/1.1 200 OK", "content-length: -1") + body), 504),
    Row("with broken chunks", .reply(head("HTTP/1.1 200 OK", "transfer-encoding: chunked") + "zz\r\n" + body), 504),
    Row("with too few chunks", .last(head("HTTP/1.1 200 OK", "transfer-encoding: chunked") + "5\r\n{\"dat"), 504),
    Row("of another protocol", .last("SSH-2.0-OpenSSH_9\r\n"), 504),
    Row("of HTTP/2", .last("\0\0\u{12}\u{4}\0\0\0\0\0"), 504),
    Row("of nothing but line ends", .last("\r\n\r\n\r\n"), 504),
    Row("with an id that is no text", .reply(ScriptedUpstream.ok(#"{"data":{"id":7}}"#)), 504),
    Row("with an empty id", .reply(ScriptedUpstream.ok(#"{"data":{"id":""}}"#)), 504),
    Row("with a list of conferences", .reply(ScriptedUpstream.ok(#"{"data":[{"id":"x"}]}"#)), 504),
    Row("in an unknown encoding", .reply(ScriptedUpstream.ok(body, headers: ["content-encoding: odd"])), 200),
    Row("of an error without a body", .reply(head("HTTP/1.1 422 No", "content-length: 0")), 422),
    Row(
      "of an error in HTML", .reply(head("HTTP/1.1 404 No", "content-type: text/html", "content-length: 6") + "<html>"),
      404),
  ]

  private static let manyFields = (0..<90).map { "x-\($0): \($0)" }.joined(separator: "\r\n")

  @Test("is answered all the same, and spoils nothing for the next", arguments: rows)
  func odd(row: Row) throws {
    let upstream = try ScriptedUpstream { number, _ in
      number == 1 ? row.reply : .reply(ScriptedUpstream.ok(Self.body.replacing("a-conference", with: "the-next")))
    }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let gateway = try GatewayProcess(options)
    let client = try gateway.connect()
    for (id, statuses) in [("c-1", row.statuses), ("c-2", [200])] {
      try client.send(WireClient.request("POST", "/conferences", GatewayProcess.command(id), key: GatewayProcess.key))
      let reply = try client.readReply()
      #expect(statuses.contains(reply.status))
      #expect(reply.headers["convene-command-id"] == id)
      if id == "c-2" { #expect(reply.conferenceID == "the-next") }
    }
    #expect(upstream.creates.count == 2)
    #expect(try gateway.audit(2).map { $0["decision"]?.string } == ["forwarded", "forwarded"])
  }

  @Test("that names what was made elsewhere makes no second one: a repeat within the window sends the same bytes again")
  func seeOther() throws {
    let upstream = try ScriptedUpstream { number, _ in
      number == 1
        ? .reply(Self.head("HTTP/1.1 303 See Other", "location: /v2/conferences/a", Self.empty))
        : .reply(ScriptedUpstream.ok(Self.body))
    }
    let gateway = try GatewayProcess(GatewayProcess.Options(upstream: upstream.url))
    let command = GatewayProcess.command("c-1", "\"max_participants\":7")
    let reply = try gateway.create(command)
    Refused(504, "outcome_unknown", "10008").check(reply)
    #expect(try gateway.state(of: "c-1") == "unknown")
    #expect(try gateway.create(command.replacing(":7", with: ": 7")).conferenceID == "a-conference")
    #expect(Set(upstream.creates.map(\.body)).count == 1)
  }

  @Test(
    "has no field of its trailers, whatever they pretend to be",
    arguments: [
      "Content-Type: text/html", "Retry-After: 7", "X-Trailer: 1", "Connection: content-type", "Date: now",
      "Content-Encoding: gzip", "HTTP/1.1 500: No\r\nX-Trailer: 1", "Convene-Policy: x",
      "HTTP/1.1 500 No\r\nX-Trailer: 1", "HTTP/1.1 200 OK\r\n\r\n", "no field", ": no name",
    ], ["200 OK", "422 No"])
  func trailers(trailer: String, status: String) throws {
    let upstream = try ScriptedUpstream { number, _ in
      .last(
        Self.head(
          "HTTP/1.1 \(status)", "content-type: application/json", "x-kept: 1", "trailer: x",
          "transfer-encoding: chunked")
          + "\(String(Self.body.utf8.count, radix: 16))\r\n\(Self.body)\r\n0\r\n\(trailer)\r\n\r\n")
    }
    let gateway = try GatewayProcess(GatewayProcess.Options(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == (status == "200 OK" ? 200 : 422))
    #expect(reply.text == Self.body)
    #expect(reply.headers["content-type"] == "application/json")
    #expect(reply.headers["x-kept"] == "1")
    for name in ["x-trailer", "retry-after", "content-encoding", "convene-policy"] {
      #expect(reply.headers[name] == nil, "\(name)")
    }
  }

  @Test("that is an interim one leaves nothing in the final one, whatever reason that gives")
  func interim() throws {
    let upstream = try ScriptedUpstream { _, _ in
      .reply(
        Self.head("HTTP/1.1 103 Early: hints", "x-early: 1") + Self.head("HTTP/1.1 200 OK: really", Self.length)
          + Self.body)
    }
    let gateway = try GatewayProcess(GatewayProcess.Options(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.headers["x-early"] == nil)
  }
}
