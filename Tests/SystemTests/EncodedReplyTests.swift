import Foundation
import JSON
import TestKit
import Testing

@Suite("An encoded reply", .timeLimit(.minutes(30)))
struct EncodedReplyTests {
  /// `ScriptedUpstream.conference`.
  private static let encoded = [
    "gzip": "H4sIAAAAAAACA6tWSkksSVSyqlYqSk3OL0qJL6ksSFWyUkrOz0tLLUrNS05V0lHKTAGKJOqiiOUl5oLUpSRm5lQq1dYCAG86W+RIAAAA",
    "deflate": "eJyrVkpJLElUsqpWKkpNzi9KiS+pLEhVslJKzs9LSy1KzUtOVdJRykwBiiTqoojlJeaC1KUkZuZUKtXWAgCH5BiG",
    "br": "cAQQeyJkYXRhIjp7InJlY29yZF90eXBlIjoiY29uZmVyZW5jZSIsImlkIjoiYS1jb25mZXJlbmNlIiwibmFtZSI6ImRhaWx5In19Aw==",
    "zstd":
      "KLUv/SBIQQIAeyJkYXRhIjp7InJlY29yZF90eXBlIjoiY29uZmVyZW5jZSIsImlkIjoiYS1jb25mZXJlbmNlIiwibmFtZSI6ImRhaWx5In19",
  ]

  private static func bytes(_ encoding: String) -> [UInt8] {
    encoded[encoding].flatMap { Data(base64Encoded: $0) }.map { Array($0) } ?? []
  }

  private static func reply(_ body: [UInt8], _ status: String = "200 OK", _ fields: String...)
    -> ScriptedUpstream.Reaction
  {
    let lines = ["HTTP/1.1 \(status)", "content-type: application/json", "content-length: \(body.count)"] + fields
    return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + body)
  }

  @Test(
    "is decoded, and says no more that it was encoded", arguments: ["gzip", "deflate", "br", "zstd", "x-gzip", "GZIP"])
  func decoded(encoding: String) throws {
    let body = Self.bytes(encoding.lowercased().replacing("x-", with: ""))
    let upstream = try ScriptedUpstream { _, _ in
      Self.reply(body, "200 OK", "Content-Encoding: \(encoding)", "Vary: Accept-Encoding")
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    for _ in 1...2 {
      let reply = try gateway.create(GatewayProcess.command("c-1"), headers: ["Accept-Encoding: gzip, br"])
      #expect(reply.status == 200)
      #expect(reply.text == ScriptedUpstream.conference)
      #expect(reply.headers["content-encoding"] == nil)
      #expect(reply.headers["content-length"] == String(ScriptedUpstream.conference.utf8.count))
    }
    #expect(upstream.requests.count == 1)
    // None is asked for.
    #expect(upstream.requests.first?.lines(named: "accept-encoding") == [])
  }

  @Test("is decoded layer by layer, and in chunks")
  func layers() throws {
    let gzip = Self.bytes("gzip")
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ncontent-encoding: identity, gzip\r\n\r\n"
    let chunks = gzip.map { [UInt8(ascii: "1"), 13, 10, $0, 13, 10] }.joined()
    let upstream = try ScriptedUpstream { _, _ in .bytes(Array(head.utf8) + chunks + Array("0\r\n\r\n".utf8)) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(GatewayProcess.command("c-1")).text == ScriptedUpstream.conference)
  }

  /// What may stand behind the first member of a gzip body: more members (RFC 1952, section 2.2), and what has no place
  /// there.
  private static let behind: [(name: String, bytes: [UInt8])] = [
    ("an empty member", [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0]),
    ("text", Array("stray bytes".utf8)), ("NULs", [0, 0, 0, 0, 0, 0, 0, 0]), ("half a member", [0x1F, 0x8B, 8]),
  ]

  @Test(
    "with a conference in it is a success, whatever follows in the same packet or a later one",
    arguments: behind.map(\.name), [false, true])
  func followed(name: String, isLate: Bool) throws {
    let rest = try #require(Self.behind.first { $0.name == name }).bytes
    let gzip = Self.bytes("gzip")
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\n"
    let upstream = try ScriptedUpstream { _, _ in
      guard isLate else {
        return .bytes(Array((head + "content-length: \(gzip.count + rest.count)\r\n\r\n").utf8) + gzip + rest)
      }
      // libcurl is given each chunk by itself.
      let chunks: [[UInt8]] = [gzip, rest].map { Array("\(String($0.count, radix: 16))\r\n".utf8) + $0 + [13, 10] }
      return .bytes(
        Array((head + "transfer-encoding: chunked\r\n\r\n").utf8) + chunks.joined() + Array("0\r\n\r\n".utf8))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    for number in 1...2 {
      let reply = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
      #expect(reply.status == 200)
      #expect(reply.text == ScriptedUpstream.conference)
    }
    #expect(upstream.creates.count == 2)
  }

  @Test("with bytes behind its end leaves a no a no")
  func followedNo() throws {
    let gzip = Self.bytes("gzip")
    let chunks: [[UInt8]] = [gzip, Array("stray".utf8)].map {
      Array("\(String($0.count, radix: 16))\r\n".utf8) + $0 + [13, 10]
    }
    let head = "HTTP/1.1 422 No\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
    let upstream = try ScriptedUpstream { _, _ in
      .bytes(Array(head.utf8) + chunks.joined() + Array("0\r\n\r\n".utf8))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 422)
    #expect(reply.text == ScriptedUpstream.conference)
    #expect(try gateway.state(of: "c-1") == nil)
  }

  @Test("in several members is put together again, however they arrive", arguments: [1, 7, 1000])
  func members(size: Int) throws {
    // "{\"data\":{\"id\":\"c-", "1\"}" and "}", each compressed by itself.
    let scratch = try Scratch()
    let made = try ChildProcess(
      "/bin/sh",
      ["-c", #"for p in '{"data":{"id":"c-' '1"}' '}'; do printf %s "$p" | gzip -n; done > \#(scratch.path("z"))"#])
    #expect(made.waitForExit() == 0)
    let body = Array(try Data(contentsOf: URL(fileURLWithPath: scratch.path("z"))))
    let pieces = stride(from: 0, to: body.count, by: size).map { Array(body[$0..<min($0 + size, body.count)]) }
    let chunks = pieces.map { Array("\(String($0.count, radix: 16))\r\n".utf8) + $0 + [13, 10] as [UInt8] }
    let head = "HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ntransfer-encoding: chunked\r\n\r\n"
    let upstream = try ScriptedUpstream { _, _ in
      .bytes(Array(head.utf8) + chunks.joined() + Array("0\r\n\r\n".utf8))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(GatewayProcess.command("c-1")).text == #"{"data":{"id":"c-1"}}"#)
  }

  @Test("that can't be read keeps nobody from sending to a Telnyx that answers")
  func breaker() throws {
    let body = Array(Self.bytes("gzip").prefix(10)) + Array(repeating: 0xFF, count: 60)
    let upstream = try ScriptedUpstream { _, _ in Self.reply(body, "200 OK", "Content-Encoding: gzip") }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let gateway = try GatewayProcess(options)
    for number in 1...45 {
      let reply = try gateway.create(GatewayProcess.command("c-\(number)", name: "n-\(number)"))
      #expect(reply.status == 504, "\(number)")
    }
    #expect(upstream.creates.count == 45)
  }

  @Test(
    "in something that is no encoding goes on as it is, and says no more that it was encoded",
    arguments: ["utf-8", "odd", "aws-chunked, gzip"])
  func unknown(encoding: String) throws {
    let gzip = Self.bytes("gzip")
    let upstream = try ScriptedUpstream { number, _ in
      number == 1
        ? Self.reply(Array(ScriptedUpstream.conference.utf8), "200 OK", "Content-Encoding: \(encoding)")
        : Self.reply(gzip, "200 OK", "Content-Encoding: gzip")
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 200)
    #expect(reply.text == ScriptedUpstream.conference)
    #expect(reply.headers["content-encoding"] == nil)
    // The next one on the same connection is decoded.
    #expect(try gateway.create(GatewayProcess.command("c-2")).text == ScriptedUpstream.conference)
  }

  @Test(
    "that is none makes a yes unknown and leaves a no a no",
    arguments: [("200 OK", 504), ("422 No", 422), ("503 No", 504)])
  func broken(status: String, expected: Int) throws {
    // A sound head, and blocks of a kind that there isn't.
    let body = Array(Self.bytes("gzip").prefix(10)) + Array(repeating: 0xFF, count: 60)
    let upstream = try ScriptedUpstream { _, _ in Self.reply(body, status, "Content-Encoding: gzip") }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    #expect(try gateway.create(GatewayProcess.command("c-1")).status == expected)
    if expected == 504 {
      #expect(try gateway.state(of: "c-1") == "unknown")
      #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "malformed_encoding")
    }
  }

  /// A no that nobody can read.
  static let unreadables: [(name: String, code: String, lines: [String], body: [UInt8])] = [
    ("br that is none", "malformed_encoding", ["content-encoding: br"], Array("no brotli".utf8)),
    ("gzip that is none", "malformed_encoding", ["content-encoding: gzip"], Array("no gzip".utf8)),
    ("zstd that is none", "malformed_encoding", ["content-encoding: zstd"], Array("no zstd".utf8)),
    ("too large", "reply_too_large", [], [UInt8](repeating: 0x20, count: (1 << 20) + 1)),
    ("gzip that doesn't say so", "not_text", [], bytes("gzip")), ("br that doesn't", "not_text", [], bytes("br")),
    ("deflate that doesn't", "not_text", [], bytes("deflate")), ("zstd that doesn't", "not_text", [], bytes("zstd")),
    ("gzip that says it is odd", "not_text", ["content-encoding: odd"], bytes("gzip")),
    ("a picture", "not_text", [], [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13]),
  ]

  @Test(
    "that can't be read leaves a no a no, and its caller is told why", arguments: unreadables.map(\.name), [422, 429])
  func unreadable(name: String, status: Int) throws {
    let row = try #require(Self.unreadables.first { $0.name == name })
    let upstream = try ScriptedUpstream { _, _ in
      let head = ["HTTP/1.1 \(status) No", "content-type: application/json", "etag: x", "x-kept: 1", "retry-after: 7"]
      let lines = head + row.lines + ["content-length: \(row.body.count)"]
      return .bytes(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8) + row.body)
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    try Self.check(gateway, status: status, code: row.code)
    #expect(upstream.creates.count == 1)
  }

  @Test(
    "that is cut short leaves a no a no, and its caller is told why",
    arguments: [
      "content-length: 100\r\n\r\n{", "transfer-encoding: chunked\r\n\r\n5\r\n{",
      "transfer-encoding: chunked\r\n\r\nzz",
    ]
  )
  func cut(rest: String) throws {
    let upstream = try ScriptedUpstream { _, _ in
      .last("HTTP/1.1 422 No\r\ncontent-type: application/json\r\netag: x\r\nx-kept: 1\r\n" + rest)
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    try Self.check(gateway, status: 422, code: nil)
    #expect(upstream.creates.count == 1)
  }

  private static func check(_ gateway: GatewayProcess, status: Int, code: String?) throws {
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == status)
    let error = try reply.json()["errors"]?.array?.first
    #expect(error?["code"]?.string == "10007")
    #expect(error?["meta"]?["source"]?.string == "convene")
    #expect(error?["meta"]?["kind"]?.string == "upstream_unreadable")
    let told = try gateway.audit(1).first?["upstream"]?["code"]?.string
    #expect(told == code || code == nil && told != nil)
    #expect(error?["detail"]?.string?.contains(told ?? "none") == true)
    #expect(reply.headers["content-type"] == "application/json")
    #expect(reply.headers["content-encoding"] == nil && reply.headers["etag"] == nil)
    #expect(reply.headers["x-kept"] == "1")
    #expect(reply.headers["retry-after"] == (status == 429 ? "7" : nil) || status != 429)
    #expect(try gateway.state(of: "c-1") == nil)
  }

  @Test(
    "that is no JSON, but text, is handed on",
    arguments: ["<p>Zu viele Verbindungen: schlie\u{DF}en</p>", "\u{1B}[1mun peu trop de requ\u{EA}tes", ""])
  func text(body: String) throws {
    let bytes = body.unicodeScalars.map { UInt8($0.value) }
    let upstream = try ScriptedUpstream { _, _ in Self.reply(bytes, "404 No") }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    #expect(reply.status == 404 && reply.body == bytes)
  }

  @Test("that grows beyond what is read is not read, and not kept")
  func bomb() throws {
    let scratch = try Scratch()
    let file = scratch.path("bomb")
    let made = try ChildProcess("/bin/sh", ["-c", "head -c 64000000 /dev/zero | gzip -c > \(file)"])
    #expect(made.waitForExit() == 0)
    let body = Array(try Data(contentsOf: URL(fileURLWithPath: file)))
    let upstream = try ScriptedUpstream { _, _ in Self.reply(body, "200 OK", "Content-Encoding: gzip") }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 2"]
    let gateway = try GatewayProcess(options)
    Refused(504, "outcome_unknown", "10008").check(try gateway.create(GatewayProcess.command("c-1")))
    #expect(try gateway.audit(1).first?["upstream"]?["code"]?.string == "reply_too_large")
  }
}
