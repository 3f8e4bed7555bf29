import TestKit
import Testing

@Suite("A request whose head is refused", .timeLimit(.minutes(30)))
struct RefusedHeadTests {
  struct Row: Sendable, CustomTestStringConvertible {
    let testDescription: String
    /// The whole request.
    let text: String
    let refused: Refused
    var allow: String?
    /// What the gateway does with the connection.
    var isClosed = true
  }

  private static let body = GatewayProcess.command("c-1")

  /// A create with its own header lines instead of the usual ones.
  private static func create(_ lines: String..., version: String = "HTTP/1.1") -> String {
    "POST /v2/conferences \(version)\r\nAuthorization: Bearer \(GatewayProcess.key)\r\n"
      + lines.map { $0 + "\r\n" }.joined() + "\r\n" + body
  }

  private static func request(_ method: String, _ path: String, headers: [String] = []) -> String {
    WireClient.request(method, path, body, key: GatewayProcess.key, headers: headers)
  }

  private static let length = "Content-Length: \(body.utf8.count)"
  private static let json = "Content-Type: application/json"
  private static let badRequest = Refused(400, "bad_request", "10015")
  private static let notFound = Refused(404, "not_found", "10005")
  private static let notAllowed = Refused(405, "method_not_allowed", "10030")
  private static let mediaType = Refused(415, "media_type", "10029")

  static let rows = [
    Row(testDescription: "no such path", text: request("POST", "/v2/calls"), refused: notFound),
    Row(
      testDescription: "a slash too many", text: request("POST", "//conferences"), refused: notFound),
    Row(
      testDescription: "an escaped slash", text: request("POST", "/v2%2Fconferences"), refused: notFound),
    Row(testDescription: "v2 twice", text: request("POST", "/v2/v2/conferences"), refused: notFound),
    Row(
      testDescription: "PUT of conferences", text: request("PUT", "/v2/conferences"), refused: notAllowed,
      allow: "POST, GET"),
    Row(
      testDescription: "GET of explain", text: request("GET", "/conferences:explain"), refused: notAllowed,
      allow: "POST"),
    Row(
      testDescription: "DELETE of an operation", text: request("DELETE", "/operations/x"), refused: notAllowed,
      allow: "GET"),
    Row(
      testDescription: "a query", text: request("POST", "/v2/conferences?x=1"), refused: badRequest),
    Row(
      testDescription: "no length",
      text: "POST /conferences HTTP/1.1\r\nHost: h\r\n\(json)\r\n"
        + "Authorization: Bearer \(GatewayProcess.key)\r\n\r\n",
      refused: Refused(411, "length_required", "10015")),
    Row(
      testDescription: "too large a body",
      text: WireClient.request(
        "POST", "/conferences", String(repeating: " ", count: 2049), key: GatewayProcess.key),
      refused: Refused(413, "body_too_large", "10015")),
    Row(
      testDescription: "a body too large to be waited for",
      text: create("Host: h", json, "Content-Length: 99999999"), refused: Refused(413, "body_too_large", "10015")),
    Row(testDescription: "no media type", text: create("Host: h", length), refused: mediaType),
    Row(
      testDescription: "another media type", text: create("Host: h", length, "Content-Type: application/json5"),
      refused: mediaType),
    Row(
      testDescription: "something behind the media type",
      text: create("Host: h", length, "Content-Type: application/json text"), refused: mediaType),
    Row(
      testDescription: "two media types", text: create("Host: h", length, json, "Content-Type: text/plain"),
      refused: Refused(400, "bad_request", "10015")),
    Row(
      testDescription: "an encoded body", text: create("Host: h", length, json, "Content-Encoding: gzip"),
      refused: mediaType),
    Row(
      testDescription: "too large a head",
      text: request("POST", "/conferences", headers: ["X-Large: \(String(repeating: "x", count: 9_000))"]),
      refused: Refused(431, "head_too_large", "10015")),
    Row(testDescription: "two hosts", text: create("Host: a", "Host: b", length, json), refused: badRequest),
    Row(
      testDescription: "two lengths", text: create("Host: h", length, "Content-Length: 5", json), refused: badRequest),
    Row(testDescription: "the same length twice", text: create("Host: h", length, length, json), refused: badRequest),
    Row(
      testDescription: "a length and chunks", text: create("Host: h", length, "Transfer-Encoding: chunked", json),
      refused: badRequest),
    Row(
      testDescription: "chunks in HTTP/1.0",
      text: create("Host: h", "Transfer-Encoding: chunked", json, version: "HTTP/1.0"), refused: badRequest),
    Row(
      testDescription: "a coding other than chunked", text: create("Host: h", "Transfer-Encoding: gzip, chunked", json),
      refused: badRequest),
    Row(
      testDescription: "different keys in head and body",
      text: request("POST", "/conferences", headers: ["Idempotency-Key: c-2"]),
      refused: badRequest, isClosed: false),
    Row(
      testDescription: "half a quoted key", text: request("POST", "/conferences", headers: ["Idempotency-Key: \"c-1"]),
      refused: badRequest),
    Row(
      testDescription: "two key fields",
      text: request("POST", "/conferences", headers: ["Idempotency-Key: c-1", "Idempotency-Key: c-1"]),
      refused: badRequest),
    Row(
      testDescription: "too long a key",
      text: WireClient.request(
        "POST", "/conferences", GatewayProcess.command(nil), key: GatewayProcess.key,
        headers: ["Idempotency-Key: \(String(repeating: "k", count: 256))"]),
      refused: badRequest),
  ]

  @Test("is answered, is not sent, and is on the record once", arguments: rows)
  func refused(row: Row) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) { $0.server = ["max_body: 2KiB"] }
    let client = try gateway.connect()
    try client.send(row.text)
    let reply = try client.readReply()
    row.refused.check(reply)
    #expect(reply.headers["allow"] == row.allow)
    #expect((reply.headers["connection"]?.lowercased() == "close") == row.isClosed)
    if row.isClosed { #expect(client.readToEnd() == []) }
    #expect(try gateway.allRecords() == [Record("refused", row.refused.status)])
    #expect(try simulator.received() == 0)
  }

  @Test(
    "is closed where it is no request at all",
    arguments: [
      "POST /conferences HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", "hello\r\n\r\n", "\u{16}\u{3}\u{1}\r\n\r\n",
      "POST /conferences HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "x", count: 60_000))\r\n\r\n",
    ])
  func noRequest(text: String) throws {
    let upstream = try ScriptedUpstream { _, _ in .reply(ScriptedUpstream.ok(ScriptedUpstream.conference)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let client = try gateway.connect()
    try client.send(text)
    let bytes = client.readToEnd() ?? []
    #expect(bytes.isEmpty || [400, 431].contains(WireReply.parseAll(bytes)?.status))
    #expect(upstream.requests.isEmpty)
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == 200)
  }
}
