import Configuration
import Gateway
import Testing

@Suite("A listener that other machines can reach")
struct OpenListenerTests {
  /// One more caller in the team's file.
  private func sandbox(_ gateway: String, anonymous: Bool = false) throws -> Sandbox {
    let sandbox = try Sandbox.good(gateway)
    guard anonymous else { return sandbox }
    try sandbox.write("teams/support.yaml", Sandbox.team.replacing("}]", with: "}, {name: anyone, anonymous: true}]"))
    return sandbox
  }

  private func warnings(_ gateway: String) throws -> [String] {
    try sandbox(gateway).load().warnings.map { $0.split(separator: "gateway.yaml:").last.map(String.init) ?? $0 }
  }

  @Test(
    "is a warning", arguments: ["0.0.0.0:8080", "\":8080\"", "\"[::]:8080\"", "192.0.2.1:8080", "\"[2001:db8::1]:80\""])
  func warning(address: String) throws {
    for text in [address, "{address: \(address)}", "{address: \(address), insecure: false}"] {
      let found = try warnings("server: {listen: [\(text)]}\n")
      #expect(found.count == 1 && found[0].hasPrefix("5:"), "\(found)")
      #expect(found[0].contains("can be reached from other machines") && found[0].contains("insecure: true"))
    }
  }

  @Test(
    "is none where it can't be reached, or where that is meant",
    arguments: [
      "127.0.0.1:8080", "127.9.9.9:8080", "\"[::1]:8080\"", "localhost:8080", "\"unix:/run/convene.sock\"",
      "{address: \"unix:/run/convene.sock\"}", "{address: 0.0.0.0:8080, insecure: true}",
    ])
  func silence(text: String) throws {
    #expect(try warnings("server: {listen: [\(text)]}\n") == [])
    #expect(try sandbox("server: {listen: [\(text)]}\n", anonymous: true).errors() == [])
  }

  @Test("is told at its own place, beside others")
  func place() throws {
    let found = try warnings("server:\n  listen:\n    - 127.0.0.1:1\n    - 0.0.0.0:2\n    - {address: \"[::]:3\"}\n")
    #expect(found.map { $0.prefix(5) } == ["8:7: ", "9:17:"], "\(found)")
  }

  @Test("is refused together with a caller who shows nothing, and both places are told")
  func anonymous() throws {
    let errors = try sandbox("server: {listen: [\"unix:a.sock\", 0.0.0.0:8080]}\n", anonymous: true).errors()
    #expect(errors.count == 1, "\(errors)")
    #expect(
      errors.first?.hasPrefix("3:69 callers: an anonymous caller, and 0.0.0.0:8080 can be reached") == true, "\(errors)"
    )
    #expect(errors.first?.contains("gateway.yaml:5:34") == true, "\(errors)")
  }

  @Test("is the admin's too where a key crosses the network there")
  func admin() throws {
    let key = String(repeating: "9f", count: 32)
    #expect(try warnings("admin: {listen: 0.0.0.0:9090}\n") == [])
    #expect(try warnings("admin: {listen: 127.0.0.1:9090, key_sha256: \"\(key)\"}\n") == [])
    let found = try warnings("admin: {listen: 0.0.0.0:9090, key_sha256: \"\(key)\"}\n")
    #expect(found.count == 1 && found[0].hasPrefix("5:17: warning: admin.listen: 0.0.0.0:9090"), "\(found)")
  }

  @Test("is told with what else is wrong with it")
  func faults() throws {
    #expect(try sandbox("server: {listen: [{insecure: true}]}\n").errors() == ["5:19 server.listen.address is missing"])
    #expect(
      try sandbox("server: {listen: [{address: 127.0.0.1:1, insecure: maybe}]}\n").errors()
        == ["5:52 server.listen.insecure must be true or false, is a text"])
    let unknown = try sandbox("server: {listen: [{address: 127.0.0.1:1, insecur: true}]}\n").errors()
    #expect(unknown.count == 1 && unknown[0].hasPrefix("5:42 unknown key insecur in server.listen"), "\(unknown)")
  }
}
