import Configuration
import Gateway
import JSON
import Testing

@Suite("keyless")
struct KeylessTests {
  private func sandbox(organization: String = "", team: String = "") throws -> Sandbox {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", Sandbox.gateway + organization)
    try sandbox.write("teams/support.yaml", Sandbox.team + team)
    return sandbox
  }

  @Test(
    "is the organization's time, or the team's own, which is no shorter",
    arguments: [
      ("", "", nil), ("keyless: {join: 60s}", "", 60), ("", "keyless: {join: 1s}", 1),
      ("keyless: {join: 60s}", "keyless: {join: 2m}", 120), ("keyless: {join: 60s}", "keyless: {join: 60s}", 60),
    ])
  func times(organization: String, team: String, seconds: Int?) throws {
    let configuration = try sandbox(organization: organization, team: team).load()
    #expect(configuration.teams[0].keylessJoin == seconds.map { .seconds($0) })
    #expect(configuration.longestKeylessJoin == seconds.map { .seconds($0) })
    let rules = String(decoding: configuration.effective.json.text, as: UTF8.self)
    #expect(rules.contains("keyless") == (seconds != nil), "the revision of who says nothing stays as it is")
    let report = ConfigurationReport(configuration)
    #expect(report.text.contains("equal creates within") == (seconds != nil))
  }

  @Test("is refused where a team would make it shorter, with both lines")
  func shorter() throws {
    let sandbox = try sandbox(organization: "keyless: {join: 60s}", team: "keyless: {join: 30s}")
    let errors = sandbox.errors()
    #expect(errors.count == 1)
    #expect(
      errors.first?.hasPrefix("4:17 keyless.join must be at least the organization's, 1m (") == true
        || errors.first?.hasPrefix("4:17 keyless.join must be at least the organization's, 60s (") == true, "\(errors)")
    #expect(errors.first?.contains("gateway.yaml:5:17), is 30s") == true, "\(errors)")
  }

  @Test(
    "is a time of 1s to 10m, and nothing else",
    arguments: [
      ("{join: 500ms}", "must be 1s to 10m"), ("{join: 11m}", "must be 1s to 10m"), ("{join: 60}", "needs a unit"),
      ("{}", "keyless.join is missing"), ("60s", "must be a mapping"), ("{joins: 60s}", "did you mean join"),
    ])
  func faults(text: String, words: String) throws {
    let errors = try sandbox(organization: "keyless: \(text)").errors()
    #expect(errors.contains { $0.contains(words) }, "\(errors)")
  }
}
