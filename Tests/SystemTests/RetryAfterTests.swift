import JSON
import TestKit
import Testing

@Suite("A Retry-After of Telnyx's", .timeLimit(.minutes(30)))
struct RetryAfterTests {
  private static func reply(_ status: String, _ field: String) -> ScriptedUpstream.Reaction {
    .reply(ScriptedUpstream.ok("{}", status: status, headers: [field, "date: Mon, 23 Nov 2026 18:20:00 GMT"]))
  }

  @Test(
    "that is longer than there is time makes a 504 at once, which says it",
    arguments: [
      ("503 No", "retry-after: 31", "31"), ("500 No", "retry-after: Mon, 23 Nov 2026 18:20:40 GMT", "40"),
      ("408 No", "retry-after: 3600", "60"), ("503 No", "x-ratelimit-reset: 1795458050", "50"),
    ])
  func tooLong(status: String, field: String, seconds: String) throws {
    let upstream = try ScriptedUpstream { _, _ in Self.reply(status, field) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = try gateway.create(GatewayProcess.command("c-1"))
    Refused(504, "outcome_unknown", "10008").check(reply)
    #expect(reply.headers["retry-after"] == seconds)
    #expect(reply.headers["x-should-retry"] == "false")
    #expect(upstream.creates.count == 1)
  }

  @Test("that Telnyx did not send is told all the same: what to ask, when, and that a repeat does no harm")
  func none() throws {
    let upstream = try ScriptedUpstream { _, _ in .last("") }
    var options = GatewayProcess.Options(upstream: upstream.url)
    options.upstreamLines = ["attempts: 1"]
    let gateway = try GatewayProcess(options)
    let reply = try gateway.create(GatewayProcess.command("c 1"))
    Refused(504, "outcome_unknown", "10008").check(reply)
    #expect(reply.headers["retry-after"] == "60" && reply.headers["x-should-retry"] == "false")
    let detail = try #require(reply.errors.first?["detail"]?.string)
    #expect(detail.contains("After Retry-After ask GET /operations/c%201"), "\(detail)")
    #expect(detail.hasSuffix("a repeat with the same command_id makes no second conference"), "\(detail)")
    #expect(try gateway.state(of: "c%201") == "unknown")
  }

  @Test("that there is time for is waited for, and nobody sends before it is over")
  func honoured() throws {
    let upstream = try ScriptedUpstream { number, _ in
      number == 1 ? Self.reply("503 No", "retry-after: 1") : .reply(ScriptedUpstream.ok(ScriptedUpstream.conference))
    }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    let reply = Background { try gateway.create(GatewayProcess.command("c-1")) }
    #expect(try reply.value().status == 200)
    #expect(upstream.creates.count == 2)
    #expect(upstream.pauses.allSatisfy { $0 >= .seconds(1) }, "\(upstream.pauses)")
  }

  @Test("on any other no is told in seconds, and not told where it can't be read")
  func onRefusal() throws {
    let fields = ["retry-after: Mon, 23 Nov 2026 18:20:09 GMT", "retry-after: 600", "retry-after: soon"]
    let upstream = try ScriptedUpstream { number, _ in Self.reply("423 No", fields[number - 1]) }
    let gateway = try GatewayProcess(.init(upstream: upstream.url))
    for seconds in ["9", "60", nil] {
      let reply = try gateway.create(GatewayProcess.command("c-1"))
      #expect(reply.status == 423)
      #expect(reply.headers["retry-after"] == seconds)
    }
  }
}
