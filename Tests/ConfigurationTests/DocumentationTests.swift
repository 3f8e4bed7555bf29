import Conference
import Configuration
import Foundation
import JSON
import Policy
import Testing

/// What the documentation says of the configuration, beside what the configuration can say.
@Suite("Documentation")
struct DocumentationTests {
  private static func page(_ name: String) throws -> String {
    try Project.text("\(Project.root)/Sources/convene/convene.docc/\(name).md")
  }

  /// The text under each heading of the second level, by the words of the heading.
  private static func sections(_ page: String) -> [(title: [Substring], text: String)] {
    page.components(separatedBy: "\n## ").map { part in
      let lines = part.split(separator: "\n", maxSplits: 1, omittingEmptySubsequences: false)
      return (lines[0].split(separator: " "), String(lines.last ?? ""))
    }
  }

  /// Every key that a schema allows, at every level.
  private static func keys(_ schema: JSONValue) -> Set<String> {
    switch schema {
    case .object(let object):
      object.members.reduce(into: []) { found, member in
        if member.key == "properties", case .object(let properties) = member.value {
          found.formUnion(properties.members.map(\.key))
        }
        found.formUnion(keys(member.value))
      }
    case .array(let elements): elements.reduce(into: []) { $0.formUnion(keys($1)) }
    default: []
    }
  }

  private static func absent(_ keys: Set<String>, in text: String) throws -> [String] {
    // `keep.audit` is two words.
    try keys.filter { try !text.contains(Regex("\\b\($0)\\b").wordBoundaryKind(.simple)) }.sorted()
  }

  @Test("the page of gateway.yaml tells of every key, under its section")
  func gateway() throws {
    let page = try Self.page("Configuration")
    let schema = try JSONValue.parse(Array(ConfigurationSchema.gateway.utf8))
    let properties = try #require(schema["properties"]?.object)
    let absent = try Self.absent(Set(properties.members.map(\.key)), in: page)
    #expect(absent == [])
    // A team's file has the other two in the same words.
    for member in properties.members where !["policy", "limits"].contains(member.key) {
      let keys = Self.keys(member.value)
      guard !keys.isEmpty else { continue }
      let section = try #require(Self.sections(page).first { $0.title == [member.key[...]] }, "\(member.key)")
      let absent = try Self.absent(keys, in: section.text)
      #expect(absent == [], "\(member.key)")
    }
  }

  @Test("the page of a team's file tells of every key and of every rule")
  func team() throws {
    let page = try Self.page("TeamFile")
    let schema = try JSONValue.parse(Array(ConfigurationSchema.team.utf8))
    let properties = try #require(schema["properties"]?.object)
    var keys = Set(properties.members.map(\.key))
    for key in ["callers", "limits"] { keys.formUnion(Self.keys(try #require(properties[key]))) }
    keys.formUnion(RuleKind.allCases.map(\.rawValue))
    let absent = try Self.absent(keys, in: page)
    #expect(absent == [])
  }

  @Test("the page of gateway.yaml has each call in the row of its group")
  func groups() throws {
    let page = try Self.page("Configuration")
    for group in ConferenceCall.Group.allCases {
      let row = try #require(page.split(separator: "\n").first { $0.hasPrefix("| `\(group.rawValue)` | `") })
      let names = row.matches(of: /`([a-z_]+)`/).map { String($0.output.1) }
      #expect(names.dropFirst().prefix(group.calls.count).elementsEqual(group.calls.map(\.name)), "\(row)")
    }
  }

  @Test("the README is short, and its links lead to files")
  func readme() throws {
    let readme = try Project.text("\(Project.root)/README.md")
    #expect(readme.utf8.count <= 9000)
    let links = readme.matches(of: /\]\(([^)#:]+)\)/).map { String($0.output.1) }
    #expect(!links.isEmpty)
    for link in links { #expect(FileManager.default.fileExists(atPath: "\(Project.root)/\(link)"), "\(link)") }
  }
}
