import Configuration
import Foundation
import Testing

/// Every file under `Fixtures/` is broken in the way that its name says, and tells in comments what must be reported:
///
///     # expect LINE:COLUMN WORDS OF THE MESSAGE
///
/// There ORGANIZATION and FIXTURE stand for the paths of the organization's file and of this one. Nothing else may be reported.
/// A new fixture is a new file, and nothing more.
@Suite("Fixture")
struct FixtureTests {
  @Test("a broken gateway.yaml is told where and why", arguments: Project.fixtures("gateway"))
  func gateway(name: String) throws {
    let path = "\(Project.fixtures)/gateway/\(name)"
    try check(path, path, organization: path)
  }

  @Test("a broken team file is told where and why", arguments: Project.fixtures("team"))
  func team(name: String) throws {
    let path = "\(Project.fixtures)/team/\(name)"
    let sandbox = try Sandbox()
    let organization = try Project.text("\(Project.fixtures)/organization.yaml")
    try sandbox.write("organization.yaml", organization.replacingOccurrences(of: "TEAM", with: path))
    try check(path, sandbox.path("organization.yaml"), organization: sandbox.path("organization.yaml"))
  }

  @Test("there are fixtures")
  func present() {
    #expect(Project.fixtures("gateway").count > 20 && Project.fixtures("team").count > 5)
  }

  private func check(_ fixture: String, _ gateway: String, organization: String) throws {
    let expected = try Project.text(fixture).split(separator: "\n").compactMap { line -> (String, String)? in
      guard let range = line.range(of: "# expect ") else { return nil }
      let parts = line[range.upperBound...].split(separator: " ", maxSplits: 1)
      guard parts.count == 2 else { return nil }
      let words = parts[1].replacingOccurrences(of: "ORGANIZATION", with: organization)
      return (String(parts[0]), words.replacingOccurrences(of: "FIXTURE", with: fixture))
    }
    #expect(!expected.isEmpty, "a fixture says what it expects")
    do {
      _ = try ConfigurationLoader.load(path: gateway, environment: Sandbox.environment)
      Issue.record("\(fixture) was loaded")
    } catch {
      var unexpected = error.errors
      for (place, words) in expected {
        let index = unexpected.firstIndex { error in
          error.file == fixture && "\(error.line):\(error.column)" == place && error.message.contains(words)
        }
        if let index { unexpected.remove(at: index) } else { Issue.record("not reported: \(place) \(words)") }
      }
      for error in unexpected { Issue.record("not expected: \(error)") }
    }
  }
}
