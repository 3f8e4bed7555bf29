import JSON
import TestKit
import Testing

/// What Telnyx's reply has in it beside the conference's id is the caller's business alone.
@Suite("A reply with a conference in it", .timeLimit(.minutes(30)))
struct ReplyBodyTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let body: [UInt8]

    init(_ name: String, _ body: String) { self.init(name, Array(body.utf8)) }

    init(_ name: String, _ body: [UInt8]) {
      testDescription = name
      self.body = body
    }
  }

  private static let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)

  static let rows = [
    Row("and an integer beyond 64 bits", #"{"data":{"id":"c1","seq":18446744073709551615}}"#),
    Row(
      "and numbers that no double can be", #"{"x":1e999,"data":{"id":"c1","y":-0.1000000000000000055511151231257827}}"#),
    Row("and keys that stand twice", #"{"x":1,"x":2,"data":{"id":"c1","y":{},"y":{"id":"c2"}}}"#),
    Row("and thousands of brackets", #"{"data":{"id":"c1"},"x":\#(deep)}"#),
    Row("and escapes of what is no character", #"{"data":{"id":"c1","x":"\ud800\u0000"}}"#),
    Row(
      "and bytes that are no UTF-8",
      Array(#"{"data":{"id":"c1","x":""#.utf8) + [0xFF, 0xC0, 0x80] + Array(#""}}"#.utf8)),
    Row("behind a byte order mark", "\u{FEFF}{\"data\":{\"id\":\"c1\"}}"),
    Row("and control characters", "{\"data\":{\"id\":\"c1\",\"x\":\"a\tb\nc\u{1}\"}}"),
    Row("and text behind it", #"{"data":{"id":"c1"}} OK"#),
    Row("and a quote behind it", #"{"data":{"id":"c1"}}""#),
    Row("and brackets behind it", #"{"data":{"id":"c1"}}]}"#),
    Row("and another behind it", #"{"data":{"id":"c1"}}{"data":{"id":"c2"}}"#),
    Row("and a comment behind it", "{\"data\":{\"id\":\"c1\",\"x\":\"\\\\\\\"}\"}}\n<!-- 1 \" ms -->\n"),
    Row("and NULs behind it", "{\"data\":{\"id\":\"c1\"}}\0\0"),
    Row("and bytes behind it", Array(#"{"data":{"id":"c1"}}"#.utf8) + [0xFF, 0x00, 0x22, 0x80]),
    Row("and white space around it", " \r\n\t{\"data\":{\"id\":\"c1\"}} \r\n\t "),
    Row("and a mebibyte beside it", #"{"data":{"id":"c1"},"x":"\#(String(repeating: "x", count: (1 << 20) - 100))"}"#),
  ]

  @Test("is passed on byte for byte, and its command is done", arguments: rows)
  func done(row: Row) throws {
    let upstream = try ScriptedUpstream { _, _ in ScriptedUpstream.ok(row.body) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    for _ in 1...2 {
      let reply = try gateway.create(GatewayProcess.command("c-1"))
      #expect(reply.status == 200)
      // Told apart, or a failure would print a mebibyte.
      let isAsItCame = reply.body == row.body
      #expect(isAsItCame)
    }
    #expect(upstream.requests.count == 1)
    #expect(try gateway.call("GET", "/v2/operations/c-1").text.contains(#""state":"done""#))
  }

  @Test(
    "is no reply with a conference where nobody can tell which, or its end is missing",
    arguments: [
      #"{"data":{"id":"c1"}"#, #"{"data":{"id":"c1","x":"}}"#, #"{"data":{"id":"c1"},"data":{"id":"c2"}}"#,
      #"{"data":{"id":"c1","id":"c2"}}"#, #"[{"data":{"id":"c1"}}]"#, #"{"data":[{"id":"c1"}]} x"#,
      #"x {"data":{"id":"c1"}}"#, #"{"data":{"id":"c1"}]}"#,
    ])
  func unclear(body: String) throws {
    let upstream = try ScriptedUpstream { _, _ in ScriptedUpstream.ok(Array(body.utf8)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    Refused(504, "outcome_unknown", "10008").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(try gateway.state(of: "c-1") == "unknown")
  }

  @Test(
    "is a success though its connection ends in the wrong way behind it",
    arguments: [
      "content-length: 1000\r\n\r\n%", "transfer-encoding: chunked\r\n\r\n14\r\n%\r\n",
      "transfer-encoding: chunked\r\n\r\n14\r\n%\r\nzz\r\n",
    ])
  func cut(rest: String) throws {
    let body = #"{"data":{"id":"c1"}}"#
    let upstream = try ScriptedUpstream { _, _ in
      .last("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + rest.replacing("%", with: body))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.text == body)
    #expect(upstream.creates.count == 1)
  }

  @Test("is shown as Telnyx wrote it where its operation is looked at")
  func operation() throws {
    let body = #"{"data": {"id":"c1","seq":18446744073709551615,"x":1e999,"x":1.10}}"#
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(body)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let shown = try gateway.call("GET", "/v2/operations/c-1").text
    #expect(shown.contains("\"body\":\(body)"), "\(shown)")
  }

  @Test("is shown as a text where it is no JSON")
  func operationText() throws {
    let body = "{\"data\":{\"id\":\"c1\"},\"x\":NaN}"
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(body)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
    let operation = try gateway.call("GET", "/v2/operations/c-1").json()
    #expect(operation["data"]?["reply"]?["body"]?.string == body)
  }

  @Test("that is an error has its code on the record, whatever else it says")
  func errorCode() throws {
    let body = #"{"errors":[{"code":"90015","x":18446744073709551615}],"x":1e999}"#
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(body, status: "422 No")) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(GatewayProcess.command("c-1")).text == body)
    #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "90015")
  }
}
