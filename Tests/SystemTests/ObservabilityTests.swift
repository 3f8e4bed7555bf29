import Foundation
import JSON
import TestKit
import Testing

/// What `config/observability/` asks a Prometheus for, beside what a gateway has.
@Suite("The dashboard and the alerts", .timeLimit(.minutes(30)))
struct ObservabilityTests {
  private static let folder = "config/observability"
  /// Two are sums of another one, and one is for whoever asks for it.
  private static let unseen = ["convene_refused_total", "convene_replayed_total", "process_virtual_memory_bytes"]

  /// Names of metrics in PromQL. A rule that records one would be known by its colons, and there is none.
  private static func metrics(in text: some StringProtocol) -> Set<String> {
    Set(String(text).matches(of: /\b(?:convene|process)_[a-z_]+\b/).map { String($0.output) })
  }

  /// Label and value of each comparison in PromQL.
  private static func comparisons(in text: String) -> [(label: String, value: String)] {
    text.matches(of: /\b([a-z]+)=~?"([^"$]*)"/).map { (String($0.output.1), String($0.output.2)) }
  }

  private static func expressions(_ value: JSONValue) -> [String] {
    switch value {
    case .object(let object):
      object.members.flatMap { member in
        if member.key == "expr" || member.key == "query", let text = member.value.string { return [text] }
        return expressions(member.value)
      }
    case .array(let elements): elements.flatMap(expressions)
    default: []
    }
  }

  @Test("ask for nothing that a gateway doesn't have, and for no label's value that can't be")
  func drift() throws {
    let simulator = try SimulatorProcess()
    let gateway = try GatewayProcess(before: simulator) {
      $0.admin = true
      $0.limits = ["{name: account, per: organization, allow: 8, every: 24h}"]
    }
    let page = try gateway.metrics()
    let samples = Set(page.families.flatMap(\.samples).map(\.name))
    let dashboard = try JSONValue.parse(Array(Repository.text("\(Self.folder)/dashboard.json").utf8))
    let expressions = Self.expressions(dashboard)
    #expect(expressions.count > 20)
    let alerts = try Repository.text("\(Self.folder)/alerts.yaml")
    for text in expressions + [alerts] {
      let absent = Self.metrics(in: text).subtracting(samples)
      #expect(absent == [], "\(text.prefix(200))")
      for (label, value) in Self.comparisons(in: text) {
        let known: [String]
        switch label {
        case "outcome", "decision", "result", "surface":
          known = page.families.flatMap(\.samples).compactMap { $0.labels[label] }
        default: continue
        }
        for part in value.split(separator: "|") { #expect(known.contains(String(part)), "\(label)=\(value)") }
      }
    }
    // What nobody looks at is not worth its series.
    let seen = expressions.reduce(Self.metrics(in: alerts)) { $0.union(Self.metrics(in: $1)) }
    let families = page.families.filter { family in
      !seen.contains { $0 == family.name || $0 == family.name + "_bucket" || $0 == family.name + "_count" }
    }
    #expect(families.map(\.name) == Self.unseen)
  }

  @Test("each alert has its severity, a summary, a description, a test, and a section that says what to do")
  func runbook() throws {
    let alerts = try Repository.text("\(Self.folder)/alerts.yaml")
    let tests = try Repository.text("\(Self.folder)/alerts.test.yaml")
    let page = try Repository.text("Sources/convene/convene.docc/Alerts.md")
    let rules = alerts.components(separatedBy: "- alert: ").dropFirst()
    #expect(rules.count > 15)
    for rule in rules {
      let name = String(rule.prefix { !$0.isWhitespace })
      for key in ["expr: ", "severity: ", "summary: ", "description: "] {
        #expect(rule.contains(key), "\(name) \(key)")
      }
      #expect(rule.contains("/documentation/convene/alerts#\(name)\n"), "\(name)")
      #expect(page.contains("\n### \(name)\n"), "\(name)")
      #expect(tests.contains("alertname: \(name)\n"), "\(name)")
    }
    let sections = page.matches(of: /\n### (Convene[A-Za-z]+)\n/).map { String($0.output.1) }
    #expect(sections.count == rules.count)
  }
}
