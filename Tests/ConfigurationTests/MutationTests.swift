import Configuration
import TestKit
import Testing

/// Whatever a file holds, loading it ends with a configuration or with errors that have a place in it.
@Suite("Mutation")
struct MutationTests {
  @Test("a mutated configuration is loaded or refused, and never crashes", arguments: 0..<8 as Range<UInt64>)
  func mutated(seed: UInt64) throws {
    var random = SeededRandom(seed &* 0x9E37_79B9_7F4A_7C15 &+ 1)
    let gateway = Array(try Project.text("\(Project.root)/config/gateway.yaml").utf8)
    let team = Array(try Project.text("\(Project.root)/config/teams/demo.yaml").utf8)
    let sandbox = try Sandbox()
    try sandbox.write("teams/demo.yaml", team)
    for _ in 0..<40 {
      try sandbox.write("gateway.yaml", mutate(gateway, &random))
      check(sandbox)
    }
    try sandbox.write("gateway.yaml", gateway)
    for _ in 0..<40 {
      try sandbox.write("teams/demo.yaml", mutate(team, &random))
      check(sandbox)
    }
  }

  private func check(_ sandbox: Sandbox) {
    do {
      _ = try ConfigurationLoader.load(
        path: sandbox.path("gateway.yaml"), environment: ["TELNYX_API_KEY": "KEY-for-tests"])
    } catch {
      #expect(!error.errors.isEmpty)
      #expect(error.errors.allSatisfy { $0.line >= 1 && $0.column >= 1 && !$0.message.isEmpty })
      #expect(error.errors.allSatisfy { !$0.description.contains("KEY-for-tests") })
    }
  }

  /// One to four small accidents.
  private func mutate(_ bytes: [UInt8], _ random: inout SeededRandom) -> [UInt8] {
    let tokens: [[UInt8]] = [
      "*", "&a ", "*a", "!!int ", "? ", "- ", ": ", "[", "]", "{", "}", "\"", "'", "|\n", ">\n", "#", "\n", "\t", "\r",
      "%",
      "---\n", "...\n", "null", "true", "-1", "1e9", "\u{85}", "\u{2028}", "\u{FEFF}", "\u{E000}", "\u{F8FF}", "\u{0}",
      "99999999999999999999", "name: x\n", "<<: *a\n", "\\", "\u{1F44D}", "~", "@", "`", "0x7f", "policy:\n",
    ].map { Array($0.utf8) }
    var mutated = bytes
    for _ in 0..<Int.random(in: 1...4, using: &random) {
      let at = Int.random(in: 0...mutated.count, using: &random)
      let end = min(mutated.count, at + Int.random(in: 0...30, using: &random))
      switch Int.random(in: 0..<6, using: &random) {
      case 0: mutated.insert(contentsOf: tokens.randomElement(using: &random) ?? [], at: at)
      case 1: mutated.removeSubrange(at..<end)
      case 2: mutated.insert(contentsOf: mutated[at..<end], at: at)
      case 3: mutated.insert(UInt8.random(in: 0...255, using: &random), at: at)
      case 4: mutated.replaceSubrange(at..<end, with: tokens.randomElement(using: &random) ?? [])
      default: mutated.removeSubrange(at...)
      }
      if mutated.isEmpty { mutated = bytes }
    }
    return mutated
  }
}
