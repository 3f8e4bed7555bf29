import Conference
import Configuration
import Crypto
import Foundation
import Gateway
import JSON
import Policy
import Testing

/// The files that the project brings along.
@Suite("Demo")
struct DemoTests {
  private func load() throws -> GatewayConfiguration {
    try ConfigurationLoader.load(
      path: "\(Project.root)/config/gateway.yaml", environment: ["TELNYX_API_KEY": "KEY-for-tests"])
  }

  @Test("the demo loads, and its one caller has the key that everybody knows")
  func loads() throws {
    let configuration = try load()
    #expect(configuration.teams.map(\.name) == ["demo"])
    let digest = Digest.sha256(Array("convene-demo-key-not-a-secret".utf8))
    #expect(configuration.teams[0].callers == [Caller(name: "demo", credential: .key(digest: digest))])
    #expect(configuration.server.listen.map(\.address) == [.tcp(host: "127.0.0.1", port: 8080)])
    #expect(configuration.ledger.path?.hasSuffix("/config/../run/ledger.db") == true)
  }

  @Test(
    "each other gateway.yaml is right with a team's file",
    arguments: [
      "container/gateway.yaml", "container/with-simulator.yaml", "systemd/gateway.yaml",
      "kubernetes/configuration.yaml",
    ])
  func others(name: String) throws {
    let sandbox = try Sandbox()
    let text = try Project.text("\(Project.root)/config/\(name)")
    let isMap = name.hasPrefix("kubernetes/")
    try sandbox.write("gateway.yaml", isMap ? Self.block("gateway.yaml", of: text) : text)
    let team = try isMap ? Self.block("support.yaml", of: text) : Project.text("\(Project.root)/config/teams/demo.yaml")
    try sandbox.write("teams/team.yaml", team)
    let configuration = try ConfigurationLoader.load(
      path: sandbox.path("gateway.yaml"), environment: [:], checksSecrets: false)
    #expect(configuration.teams.count == 1 && configuration.warnings == [])
    // Where each of the deployments keeps it.
    #expect(configuration.ledger.path == "/var/lib/convene/ledger.db")
    let isUnix = if case .unix = configuration.server.listen[0].address { true } else { false }
    #expect(configuration.admin != nil && (isUnix || configuration.server.listen.count == 1))
  }

  @Test(
    "each gateway.yaml of replicas that share a ledger is right with a team's file",
    arguments: ["container/replica-1.yaml", "container/replica-2.yaml", "kubernetes/postgres/configuration.yaml"])
  func shared(name: String) throws {
    let sandbox = try Sandbox()
    let text = try Project.text("\(Project.root)/config/\(name)")
    try sandbox.write("gateway.yaml", name.hasPrefix("kubernetes/") ? Self.block("gateway.yaml", of: text) : text)
    try sandbox.write("teams/team.yaml", Project.text("\(Project.root)/config/teams/demo.yaml"))
    let configuration = try ConfigurationLoader.load(
      path: sandbox.path("gateway.yaml"), environment: [:], checksSecrets: false)
    #expect(configuration.warnings == [])
    guard case .postgres(let place) = configuration.ledger.place else { throw Missing() }
    #expect(place.user == "convene" && place.database == "convene")
  }

  private struct Missing: Error {}

  /// A text of a ConfigMap's `data`, without its indentation.
  private static func block(_ key: String, of text: String) -> String {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    let start = (lines.firstIndex { $0 == "  \(key): |" } ?? lines.count - 1) + 1
    return lines[start...].prefix { $0.isEmpty || $0.hasPrefix("    ") }.map { $0.dropFirst(4) + "\n" }.joined()
  }

  @Test("the documentation's own example passes, with one number clamped")
  func example() throws {
    let body = """
      {"call_control_id":"v2:T02llQxIyaRkhfRKxgAP8nY511EhFLizdvdUKJiSw8d6A9BborherQ","name":"Business",
       "beep_enabled":"always","client_state":"aGF2ZSBhIG5pY2UgZGF5ID1d","comfort_noise":true,
       "command_id":"891510ac-f3e4-11e8-af5b-de00688a4901","duration_minutes":5,
       "hold_audio_url":"http://www.example.com/audio.wav","start_conference_on_create":false,"max_participants":250}
      """
    let command = try ConferenceCommand.decode(Array(body.utf8))
    let decision = try load().teams[0].policy.decide(command)
    #expect(decision.changes.map { "\($0.field.name) \($0.kind.rawValue)" } == ["max_participants clamped"])
    #expect(decision.changes.map(\.effective) == [.integer(200)])
  }

  @Test("the committed schemas are those that the field table makes")
  func schemas() throws {
    let folder = "\(Project.root)/config/schema"
    // CONVENE_WRITE_SCHEMAS=1 swift test --filter DemoTests writes them anew.
    if ProcessInfo.processInfo.environment["CONVENE_WRITE_SCHEMAS"] != nil {
      try ConfigurationSchema.gateway.write(toFile: "\(folder)/gateway.schema.json", atomically: true, encoding: .utf8)
      try ConfigurationSchema.team.write(toFile: "\(folder)/team.schema.json", atomically: true, encoding: .utf8)
    }
    #expect(try Project.text("\(folder)/gateway.schema.json") == ConfigurationSchema.gateway)
    #expect(try Project.text("\(folder)/team.schema.json") == ConfigurationSchema.team)
  }

  @Test(
    "the schemas are JSON and know every field", arguments: [ConfigurationSchema.gateway, ConfigurationSchema.team])
  func schemaFields(text: String) throws {
    let schema = try JSONValue.parse(Array(text.utf8))
    let policy = try #require(schema["properties"]?["policy"]?["properties"]?.object)
    #expect(policy.members.map(\.key) == Field.all.map(\.name) + ["unknown_fields"])
    #expect(policy["max_participants"]?["properties"]?["max"]?["maximum"] == .integer(800))
    #expect(policy["call_control_id"]?["properties"]?["force"] == nil)
    #expect(schema["additionalProperties"] == .boolean(false))
  }

  @Test("an editor finds the schema by the files' first line")
  func modelines() throws {
    for name in ["gateway.yaml", "teams/demo.yaml"] {
      let path = "\(Project.root)/config/\(name)"
      let line = try #require(try Project.text(path).split(separator: "\n").first)
      let schema = try #require(line.split(separator: "=").last)
      #expect(line.hasPrefix("# yaml-language-server: $schema="))
      #expect(FileManager.default.fileExists(atPath: (path as NSString).deletingLastPathComponent + "/" + schema))
    }
  }
}
