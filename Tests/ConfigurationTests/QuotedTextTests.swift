import Configuration
import Testing

@Suite("What errors quote of a configuration")
struct QuotedTextTests {
  /// Obviously fake, each made as the real ones are.
  private static let secrets = [
    "KEY01998877665544332211AABBCCDDEEFF_abcdefghijklmnopqrstuv", "KEY01998877665544332211AABBCCDDEEFF",
    "convene_00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
    "00112233445566778899aabbccddeeff", "deadbeefdeadbeefdeadbeefdeadbeef", "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo=",
    "aB3dE-fG7hI_jK1lM2nO4pQ5rS", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "sk_live_4eC39HqLyjWDarjtT1zdp7dcA1b2",
  ]

  /// Where one may be pasted: a line of `gateway.yaml`.
  private static let places = [
    "upstream: {tokens: [{file: SECRET}]}", "upstream: {tokens: [{file: /etc/SECRET}]}",
    "upstream: {tokens: [{file: \"dir/SECRET.txt\"}]}", "upstream: {tokens: [{env: xSECRET}]}",
    "upstream: {tokens: [{SECRET: x}]}", "upstream: {tokens: [{env: TOKEN, SECRET: x}]}",
    "upstream: {tokens: [{env: TOKEN}], ca_file: SECRET}",
    "upstream: {tokens: [{env: TOKEN}], attempt_timeout: SECRET}",
    "upstream: {tokens: [{env: TOKEN}], attempt_timeout: 1SECRET}", "upstream: {tokens: [{env: TOKEN}], url: SECRET}",
    "upstream: {tokens: [{env: TOKEN}], url: \"https://SECRET@api.example/v2\"}",
    "upstream: {tokens: [{env: TOKEN}], pinned_public_key: SECRET}",
    "upstream: {tokens: [{env: TOKEN}], forward_fields: [\"SECRET!\"]}",
    "upstream: {tokens: [{env: TOKEN}], proxy: SECRET}",
    "upstream: {tokens: [{env: TOKEN}], proxy: {url: \"http://p:1\", username: u, password: {file: SECRET}}}",
    "SECRET: 1", "SECRET: 1\nSECRET: 2", "server: {listen: [SECRET]}",
    "server: {listen: [\"unix:/SECRET/x:y\", SECRET]}",
    "server: {workers: SECRET}", "server: {max_body: SECRET}", "server: {SECRET: 1}", "admin: {listen: SECRET}",
    "admin: {listen: \"127.0.0.1:1\", key_sha256: \"SECRET\"}", "ledger: {SECRET: x}",
    "audit: {sinks: [SECRET]}", "audit: {checkpoint: {key: {file: SECRET}}}",
    "tracing: {SECRET: 1}", "tracing: {otlp: SECRET}",
    "tracing: {otlp: \"http://127.0.0.1:1\", headers: {\"SECRET!\": {env: TOKEN}}}",
    "policy: {region: {allow: [SECRET, SECRET]}}", "policy: {SECRET: {forbid: true}}", "policy: {name: {over: SECRET}}",
    "limits: [{name: a, per: SECRET, allow: 1, every: 1s}]",
    "limits: [{name: \"SECRET!\", per: team, allow: 1, every: 1s}]",
    "limits: [{name: a, per: team, allow: SECRET, every: SECRET}]", "teams: [SECRET]",
    "teams: [\"teams/SECRET/*.yaml\"]",
  ]

  @Test("is never a secret, wherever one was pasted", arguments: secrets)
  func masked(secret: String) throws {
    for place in Self.places {
      let lines = place.replacing("SECRET", with: secret)
      let rest = Sandbox.gateway.split(separator: "\n").filter { line in
        !lines.split(separator: "\n").contains { $0.prefix { $0 != ":" } == line.prefix { $0 != ":" } }
      }
      let sandbox = try Sandbox()
      try sandbox.write("gateway.yaml", rest.joined(separator: "\n") + "\n" + lines + "\n")
      try sandbox.write("teams/support.yaml", Sandbox.team)
      let errors = sandbox.errors()
      #expect(!errors.isEmpty, "\(place)")
      for error in errors {
        #expect(!error.contains(secret.dropFirst(5).prefix(12)), "\(place): \(error)")
      }
    }
  }

  @Test("is a path as it stands there, and a word")
  func readable() {
    for text in [
      "/var/run/secrets/kubernetes.io/serviceaccount/token", "/run/credentials/convene.service/telnyx",
      "/var/lib/kubelet/pods/0f3e2d1c-aabb-4ccd-8eef-001122334455/volumes/kubernetes.io~secret/telnyx-token/..data/token",
      "teams/customer-support-europe-2026.yaml", "teams/k8s-prod-eu1-team2-v3-listener.yaml", "teams/*.yaml",
      "..2026_11_28_04_20_34.123456789", "/srv/convene/gateway-2026-11-28-backup-v2.yaml", "upstream.max_connections",
      "unix:/run/convene/convene.sock", "maximum_number_of_participants", "[2001:db8:0:1:2:3:4:5]:8080",
      "KEY-for-tests",
      "convene_ledger.db", "spiffe://example/ns/voice/sa/pbx", "MyCompanyProductionTeamFile",
      "250ms, 5s, 1m, 24h or 90d",
    ] { #expect(text.withoutSecrets == text) }
  }

  @Test("shows how a secret begins, so that whoever wrote it knows which one it is")
  func beginning() {
    #expect("/etc/\(Self.secrets[0]).txt is".withoutSecrets == "/etc/KEY0….txt is")
    #expect("the file conf/\(Self.secrets[2]): x".withoutSecrets == "the file conf/conv…: x")
  }
}
