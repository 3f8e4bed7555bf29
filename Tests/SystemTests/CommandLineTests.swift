import Foundation
import JSON
import TestKit
import Testing

@Suite("The command line", .timeLimit(.minutes(30)))
struct CommandLineTests {
  let scratch: Scratch

  init() throws { scratch = try Scratch() }

  private func run(
    _ arguments: String..., environment: [String: String] = ["TELNYX_API_KEY": "a-token"]
  ) throws -> (status: Int32, output: String, errors: String) {
    let child = try ChildProcess("convene", arguments, environment: environment)
    return (child.waitForExit(), child.standardOutput, child.standardError)
  }

  private func configuration(_ change: (inout GatewayProcess.Options) -> Void = { _ in }) throws -> String {
    var options = GatewayProcess.Options(upstream: "https://api.telnyx.com/v2")
    change(&options)
    return try GatewayProcess.write(options, to: scratch)
  }

  /// `FILE:LINE:COLUMN: error: ...`, a line each.
  private func places(_ errors: String) -> [String] {
    errors.split(separator: "\n").map { line in
      let parts = line.split(separator: ":", maxSplits: 4)
      let name = parts[0].split(separator: "/").last ?? ""
      return parts.count > 3 && parts[3] == " error" ? "\(name):\(parts[1]):\(parts[2])" : String(line)
    }
  }

  @Test(
    "what a terminal could obey is escaped in the error that names it",
    arguments: [
      ["audit", "tail", "--xx\u{1B}[31m"], ["audit", "tail", "-\u{1B}"], ["audit\u{1B}[2J"],
      ["check", "--format", "a\u{9B}m"],
      ["check", "--config", "no\u{1B}[31m/file"], ["audit", "query", "--since", "\u{1B}]0;x\u{7}"],
      ["audit", "tail", "x\u{202E}y"],
      ["audit", "query", "--ledger", "no\u{1B}ledger"], ["audit", "verify", "no\u{1B}[2Jfile"],
      ["audit", "tail", "--y\nError: all is well"],
      ["serve", "--config", "no\u{1B}file"], ["key", "new", "--name", "a\u{1B}b"], ["audit", "tail", "--z\u{2800}\r"],
      ["serve", "--log-level", "\u{1B}c"], ["audit", "export", "--ledger", "l\u{1B}", "--out", "o\u{1B}"],
    ])
  func unseenArguments(arguments: [String]) throws {
    let child = try ChildProcess("convene", arguments)
    _ = child.waitForExit()
    let text = child.standardError + child.standardOutput
    let isPlain = text.unicodeScalars.allSatisfy {
      $0 == "\n" || $0.value >= 0x20 && $0.value < 0x7F || $0.value > 0xA0 && $0 != "\u{202E}" && $0 != "\u{2800}"
    }
    #expect(isPlain && !text.isEmpty, "\(text.debugDescription)")
    #expect(!text.split(separator: "\n").contains("Error: all is well"))
  }

  @Test("check prints each team's effective policy and ends with 0 where all is well")
  func checkIsFine() throws {
    let path = try configuration { $0.policy = ["max_participants: {max: 100}"] }
    let check = try run("check", "--config", path)
    #expect(check.status == 0)
    #expect(check.errors == "")
    for word in ["support", "dialer", "max_participants", "100"] { #expect(check.output.contains(word), "\(word)") }
    let json = try run("check", "--config", path, "--format", "json")
    #expect(json.status == 0)
    _ = try JSONValue.parse(Array(json.output.utf8))
    let named = try run("check", environment: ["TELNYX_API_KEY": "a-token", "CONVENE_CONFIG": path])
    #expect(named.status == 0)
  }

  /// What keeps `serve` from starting on this machine, and the place that speaks of it.
  static let unservableConfigurations: [(server: String, ledger: String, place: String)] = [
    ("listen: [\"unix:missing/s\"]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [\"unix:text/s\"]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [\"unix:text\"]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [\"unix:teams\"]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [\"unix:link\"]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [192.0.2.1:0]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [\"[fe80::1]:0\"]", "ledger.db", "gateway.yaml:4:12"),
    ("listen: [127.0.0.1:39181, 0.0.0.0:39181]", "ledger.db", "gateway.yaml:4:29"),
    ("workers: 1", "missing/ledger.db", "gateway.yaml:11:9"),
    ("workers: 1", "text/ledger.db", "gateway.yaml:11:9"),
    ("workers: 1", "text", "gateway.yaml:11:9"),
    ("workers: 1", "teams", "gateway.yaml:11:9"),
  ]

  @Test("check finds what serve would refuse on this machine, and makes nothing", arguments: unservableConfigurations)
  func unservable(server: String, ledger: String, place: String) throws {
    try scratch.write("precious", to: "text")
    try FileManager.default.createSymbolicLink(atPath: scratch.path("link"), withDestinationPath: scratch.path("gone"))
    let path = try configuration {
      $0.server = [server]
      $0.ledger = ledger
    }
    let before = try FileManager.default.subpathsOfDirectory(atPath: scratch.path(""))
    let check = try run("check", "--config", path)
    #expect(check.status == 1)
    #expect(check.output == "")
    #expect(places(check.errors).map { $0.prefix(place.utf8.count) } == [place[...]], "\(check.errors)")
    #expect(try FileManager.default.subpathsOfDirectory(atPath: scratch.path("")) == before)
    #expect(try run("serve", "--config", path).status == 1)
    #expect(try String(contentsOfFile: scratch.path("text"), encoding: .utf8) == "precious")
  }

  @Test("check --no-secrets judges all but the secrets, and only warns of what this machine lacks")
  func noSecrets() throws {
    let path = try configuration {
      $0.server = ["listen: [{address: 192.0.2.1:0, insecure: true}, \"unix:missing/s\"]"]
      $0.tokens = ["env: NOT_HERE", "file: /nowhere/token"]
      $0.ledger = "missing/ledger.db"
      $0.audit = "checkpoint: {key: {env: NOT_HERE_EITHER}, every: 1000, interval: 60s}"
    }
    let before = try FileManager.default.subpathsOfDirectory(atPath: scratch.path(""))
    #expect(try run("check", "--config", path).status == 1)
    let check = try run("check", "--config", path, "--no-secrets")
    #expect(check.status == 0)
    #expect(check.output.contains("not looked at") && check.output.contains("env NOT_HERE"))
    let warnings = check.errors.split(separator: "\n")
    #expect(
      warnings.count == 3 && warnings.allSatisfy { $0.hasPrefix("warning: on this machine, ") }, "\(check.errors)")
    let json = try run("check", "--config", path, "--no-secrets", "--format", "json")
    #expect(try JSONValue.parse(Array(json.output.utf8))["secrets_checked"] == .boolean(false))
    #expect(try FileManager.default.subpathsOfDirectory(atPath: scratch.path("")) == before)
  }

  @Test("check --no-secrets finds every other error, a secret in clear among them")
  func noSecretsButErrors() throws {
    let path = try configuration {
      $0.tokens = ["env: NOT_HERE", "value: KEY-in-clear"]
      $0.policy = ["max_participants: {max: 900}"]
      $0.teams["support"]? += "surprise: 1\n"
    }
    let broken = try run("check", "--config", path, "--no-secrets")
    #expect(broken.status == 1 && broken.output == "")
    #expect(Set(places(broken.errors).map { $0.prefix { $0 != ":" } }) == ["gateway.yaml", "support.yaml"])
    #expect(!broken.errors.contains("KEY-in-clear"))
    #expect(try run("serve", "--config", path, "--no-secrets").status == 2)
  }

  @Test("check warns of what the gateway that runs has in use, and takes nothing from it")
  func checkBesideGateway() throws {
    let simulator = try SimulatorProcess()
    let socket = scratch.path("s")
    let first = try GatewayProcess(before: simulator) { $0.scratch = scratch }
    #expect(first.terminate() == 0)
    let gateway = try first.restarted { $0.server = ["listen: [\(first.addresses[0]), \"unix:\(socket)\"]"] }
    let check = try run("check", "--config", scratch.path("gateway.yaml"))
    #expect(check.status == 0)
    #expect(
      check.errors.split(separator: "\n").map { $0.prefix { $0 != ";" } }
        == gateway.addresses.map { "warning: \($0) is in use now" })
    let client = try WireClient(address: "unix:\(socket)")
    try client.send(WireClient.request("POST", "/conferences", GatewayProcess.command("c-1"), key: GatewayProcess.key))
    #expect(try client.readReply().status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-1")).headers["idempotent-replayed"] == "true")
    gateway.kill()
    // Left over by the killed one.
    #expect(try run("check", "--config", scratch.path("gateway.yaml")).errors == "")
    #expect(FileManager.default.fileExists(atPath: socket))
  }

  @Test("check on a team's file says how it is judged, and then does, without secrets or a machine to serve on")
  func teamAlone() throws {
    let path = try configuration {
      $0.policy = ["max_participants: {max: 100}"]
      $0.server = ["listen: [{address: 192.0.2.1:0, insecure: true}]"]
      $0.tokens = ["env: NOT_HERE"]
      $0.teams["support"]? += "policy:\n  max_participants: {max: 50}\n"
    }
    let team = scratch.path("teams/support.yaml")
    let alone = try run("check", "--config", team)
    #expect(alone.status == 1 && places(alone.errors) == ["support.yaml:2:7"])
    #expect(alone.errors.contains("convene check --config \(team) --organization gateway.yaml"), "\(alone.errors)")
    let judged = try run("check", "--config", team, "--organization", path)
    #expect(judged.status == 0 && judged.errors.isEmpty)
    #expect(judged.output.contains("max 50 (team support)") && judged.output.contains("not looked at"))
    try scratch.write(
      String(contentsOfFile: team, encoding: .utf8).replacing("max: 50", with: "max: 500"), to: "elsewhere.yaml")
    let loose = try run("check", "--config", scratch.path("elsewhere.yaml"), "--organization", path)
    #expect(loose.status == 1 && places(loose.errors) == ["elsewhere.yaml:6:22"])
    #expect(loose.errors.contains("above the organization's 100"))
    let swapped = try run("check", "--config", path, "--organization", path)
    #expect(swapped.status == 1 && swapped.errors.contains("gateway.yaml:2:15: error: this is an organization's file"))
  }

  @Test("check warns of a burst below what is allowed, and so does serve's log")
  func burst() throws {
    let path = try configuration {
      $0.limits = [
        "{name: few, per: team, allow: 20, every: 1s, burst: 5}", "{name: as, per: team, allow: 5, every: 1s}",
      ]
    }
    let check = try run("check", "--config", path)
    #expect(check.status == 0)
    #expect(check.errors.split(separator: "\n").count == 1)
    #expect(check.errors.contains("gateway.yaml:14:"), "\(check.errors)")
    #expect(check.errors.contains(": warning: limits.burst: 5 is below allow: no more than 5 pass at once"))
    let gateway = try GatewayProcess(before: SimulatorProcess()) {
      $0.limits = ["{name: few, per: team, allow: 20, every: 1s, burst: 5}"]
    }
    #expect(gateway.process.standardError.contains("limits.burst: 5 is below allow"))
  }

  @Test("key new refuses a name that check would", arguments: ["a b", "", "ä", String(repeating: "a", count: 65)])
  func keyName(name: String) throws {
    let refused = try run("key", "new", "--name", name)
    #expect(refused.status == 2 && refused.output.isEmpty && refused.errors.contains("1 to 64 letters"))
    #expect(try run("key", "new", "--name", "a-b.c_1").status == 0)
  }

  @Test("--version is what version says")
  func version() throws {
    let version = try run("--version")
    let command = try run("version")
    #expect(version.status == 0 && version.output.hasPrefix("convene ") && version.output == command.output)
  }

  @Test("errors tells of one kind, status or code, of all in each format, and knows what there is")
  func errors() throws {
    let one = try run("errors", "outcome_unknown")
    #expect(one.output.hasPrefix("outcome_unknown  status 504, code 10008\n") && one.output.contains("meta.operation"))
    for word in ["504", "10008"] {
      let several = try run("errors", word).output.components(separatedBy: "\n\n")
      #expect(several.count == 3 && several[0] + "\n" == one.output)
    }
    let all = try JSONValue.parse(Array(try run("errors", "--format", "json").output.utf8))["errors"]?.array ?? []
    #expect(all.count > 20 && Set(all.map { $0["kind"]?.string }).count == all.count)
    #expect(try run("errors").output.split(separator: "\n\n").count == all.count)
    let stranger = try run("errors", "outcome_unknow")
    #expect(stranger.status == 2 && stranger.errors.contains("outcome_unknown"))
  }

  @Test("check and serve tell every error at its place and end with 1", arguments: ["check", "serve"])
  func checkIsBroken(command: String) throws {
    let path = try configuration {
      $0.policy = ["max_participants: {max: 900}", "beep: {}"]
      $0.teams["support"]? += "surprise: 1\n"
    }
    let broken = try run(command, "--config", path)
    #expect(broken.status == 1)
    #expect(broken.output == "")
    #expect(places(broken.errors) == ["gateway.yaml:14:27", "gateway.yaml:15:3", "support.yaml:5:1"])
  }

  @Test("a team that loosens the organization's rule is told both lines")
  func loosened() throws {
    let path = try configuration {
      $0.policy = ["max_participants: {max: 100}"]
      $0.teams["support"]? += "policy:\n  max_participants: {max: 200}\n"
    }
    let broken = try run("check", "--config", path)
    #expect(broken.status == 1)
    #expect(places(broken.errors) == ["support.yaml:6:22"])
    #expect(broken.errors.contains("gateway.yaml:14"))
  }

  @Test("a token that can't be resolved is an error at its place", arguments: ["env: NOWHERE", "file: nowhere"])
  func unresolved(token: String) throws {
    let path = try configuration { $0.tokens = [token] }
    for command in ["check", "serve"] {
      let broken = try run(command, "--config", path)
      #expect(broken.status == 1)
      #expect(places(broken.errors) == ["gateway.yaml:8:7"])
      #expect(broken.errors.contains("nowhere") || broken.errors.contains("NOWHERE"))
    }
  }

  @Test(
    "a wrong command line ends with 2",
    arguments: [
      ["--surprise"], ["check", "--surprise"], ["serve", "--log-level", "loud"], ["surprise"], ["check", "x"],
    ])
  func wrong(arguments: [String]) throws {
    let child = try ChildProcess("convene", arguments)
    #expect(child.waitForExit() == 2)
    #expect(child.standardOutput == "")
    #expect(child.standardError.contains("Usage:"))
  }

  @Test("a file that isn't there ends with 1", arguments: ["check", "serve"])
  func missing(command: String) throws {
    let missing = try run(command, "--config", scratch.path("nowhere.yaml"))
    #expect(missing.status == 1)
    #expect(missing.errors.contains("nowhere.yaml"))
  }

  @Test(
    "what can't be read is an error, not a call for help: there is no /proc",
    .enabled(if: ChildProcess.userID == 0, "only root may take /proc away"),
    arguments: [["version"], ["check"], ["serve"], ["key", "new"], ["audit", "verify"], ["surprise"], []])
  func noProc(arguments: [String]) throws {
    let program = try ChildProcess.executable("convene").path
    let child = try ChildProcess(
      "/usr/bin/unshare",
      ["--mount", "/bin/sh", "-c", "mount -t tmpfs none /proc && exec \"$0\" \"$@\"", program] + arguments)
    #expect(child.waitForExit() == 1)
    #expect(child.standardOutput == "")
    #expect(child.standardError.contains("/proc"))
  }

  @Test("version and help end with 0")
  func help() throws {
    let version = try run("version")
    #expect(version.status == 0)
    #expect(version.output.hasPrefix("convene "))
    for arguments in [["help"], ["--help"], ["help", "serve"], ["key", "--help"], []] {
      let child = try ChildProcess("convene", arguments)
      #expect(child.waitForExit() == 0, "\(arguments)")
      #expect(child.standardOutput.contains("USAGE:"), "\(arguments)")
      #expect(child.standardError == "")
    }
  }

  @Test("key new prints another key each time, with the line that lets it in")
  func key() throws {
    let first = try run("key", "new", "--name", "crm")
    let second = try run("key", "new")
    #expect(first.status == 0)
    #expect(first.output != second.output)
    let lines = first.output.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
    let key = try #require(lines.first { $0.hasPrefix("convene_") })
    let line = try #require(lines.first { $0.hasPrefix("- {name: crm") })
    #expect(line.contains(GatewayProcess.digest(key)))
    #expect(!line.contains(key))
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.teams["support"] = "version: 1\nteam: support\ncallers:\n  \(line)\n"
    }
    #expect(try gateway.create(GatewayProcess.command("c-1"), key: key).status == 200)
    #expect(try gateway.create(GatewayProcess.command("c-2")).status == 401)
  }
}
