import Foundation
import JSON
import TestKit
import Testing

@Suite("The command line", .timeLimit(.minutes(10)))
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

  @Test("check warns where serve could keep no ledger")
  func checkWithoutDirectory() throws {
    let directory = scratch.path("missing")
    let check = try run("check", "--config", configuration { $0.ledger = "\(directory)/ledger.db" })
    #expect(check.status == 0)
    #expect(check.errors.hasPrefix("warning: \(directory), the ledger's directory: No such file"))
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
