import JSON
import TestKit
import Testing

@Suite("Explaining without a gateway", .timeLimit(.minutes(30)))
struct OfflineExplainTests {
  let scratch: Scratch
  let configuration: String

  init() throws {
    scratch = try Scratch()
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    options.policy = [
      "max_participants: {max: 100, over: clamp}", "beep_enabled: {default: on_enter}", "region: {forbid: true}",
    ]
    options.limits = ["{name: account, per: organization, allow: 1, every: 1h}"]
    options.teams["support"]? +=
      "policy:\n  max_participants: {max: 50}\nlimits:\n  - {name: daily, per: team, allow: 5, every: 24h}\n"
    configuration = try GatewayProcess.write(options, to: scratch)
  }

  private func explain(
    _ body: String, _ more: String..., isPiped: Bool = false
  ) throws -> (status: Int32, output: String, errors: String) {
    try scratch.write(body, to: "body.json")
    // Neither a token nor a gateway is needed.
    let file = scratch.path("body.json")
    let child = try ChildProcess(
      "convene", ["explain", isPiped ? "-" : file, "--config", configuration] + more, input: isPiped ? file : nil)
    return (child.waitForExit(), child.standardOutput, child.standardError)
  }

  private func rows(_ output: String) -> [String] {
    output.replacing(scratch.path("") + "/", with: "").split(separator: "\n").map {
      $0.split(separator: " ", omittingEmptySubsequences: true).joined(separator: " ")
    }
  }

  @Test("tells every field, by which rule of whom and where that stands, and the limits", arguments: [false, true])
  func allowed(isPiped: Bool) throws {
    let result = try explain(GatewayProcess.command("c-1", #""max_participants":800,"x":1"#), isPiped: isPiped)
    #expect(result.status == 0 && result.errors.isEmpty)
    let rows = rows(result.output)
    #expect(rows.first == "allowed for team support")
    for row in [
      "name daily daily", "command_id c-1 c-1", "region - -", "duration_minutes - - (Telnyx assumes 240)",
      "max_participants 800 50 clamped by max_participants.max of the team (teams/support.yaml:6:22)",
      "beep_enabled - on_enter default by beep_enabled.default of the organization (gateway.yaml:15:18)",
      "x given forwarded unknown to Convene",
      "1 every 1h, burst 1, per organization: limits.account of the organization (gateway.yaml:18:12)",
      "5 every 1d, burst 5, per team: limits.daily of the team (teams/support.yaml:8:12)",
    ] { #expect(rows.contains(row), "\(row) in \(result.output)") }
  }

  @Test("ends with 1 where it would be refused, and says why, all at once")
  func refused() throws {
    let result = try explain(GatewayProcess.command("c-1", #""region":"US""#))
    #expect(result.status == 1)
    let rows = rows(result.output)
    #expect(rows.first == "refused for team support: 403 policy")
    #expect(rows.contains("region US refused refused by region.forbid of the organization (gateway.yaml:16:12)"))
    #expect(
      rows.last == "10010 region must not be given: region.forbid of the organization (gateway.yaml:16:12)")
    let broken = try explain(#"{"name":3}"#)
    #expect(
      broken.status == 1 && broken.output.contains("422 invalid") && broken.output.contains("10004 call_control_id"))
    #expect(try explain("{").output.contains("400 malformed"))
    let large = try explain(GatewayProcess.command("c-1", name: String(repeating: "a", count: 70_000)))
    #expect(large.status == 1 && large.output.contains("413 body_too_large"))
  }

  @Test(
    "is what a gateway that runs says of the same body, but for the places", arguments: [#""x":1"#, #""region":"US""#])
  func sameAsServed(members: String) throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.policy = ["max_participants: {max: 100, over: clamp, default: 3}", "region: {forbid: true}"]
      $0.limits = ["{name: account, per: organization, allow: 1, every: 1h}"]
      $0.scratch = scratch
    }
    let body = GatewayProcess.command("c-1", members)
    let offline = try JSONValue.parse(Array(try explain(body, "--format", "json").output.utf8))
    let served = try gateway.call("POST", "/conferences:explain", body).json()
    #expect(offline != served && Self.withoutPlaces(offline) == served)
  }

  private static func withoutPlaces(_ value: JSONValue) -> JSONValue {
    switch value {
    case .array(let elements): .array(elements.map(withoutPlaces))
    case .object(let object):
      .object(
        JSONObject(
          members: object.members.filter { $0.key != "place" }
            .map { JSONObject.Member(key: $0.key, value: withoutPlaces($0.value)) }))
    default: value
    }
  }

  @Test("asks for a team where there are several, and knows those that there are")
  func teams() throws {
    let stranger = try explain("{}", "--team", "sales")
    #expect(stranger.status == 2 && stranger.errors.contains("known here: support"))
    try scratch.write(
      "version: 1\nteam: sales\ncallers: [{name: anyone, anonymous: true}]\n", to: "teams/sales.yaml")
    let either = try explain(GatewayProcess.command("c-1"))
    #expect(either.status == 2 && either.errors.contains("sales, support"))
    let sales = try explain(GatewayProcess.command("c-1", #""max_participants":800"#), "--team", "sales")
    #expect(sales.status == 0 && sales.output.contains("clamped by max_participants.max of the organization"))
    #expect(!sales.output.contains("limits.daily"))
  }

  @Test("a file or a configuration that can't be read ends with 1 and is named")
  func unreadable() throws {
    for arguments in [
      ["explain", scratch.path("none"), "--config", configuration], ["explain", "-", "--config", "/none"],
    ] {
      let child = try ChildProcess("convene", arguments)
      #expect(child.waitForExit() == 1)
      #expect(child.standardError.contains("none") && child.standardOutput.isEmpty)
    }
  }
}
