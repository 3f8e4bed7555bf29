import Pattern
import Testing

@Suite("Pattern")
struct PatternTests {
  @Test(
    "a pattern is searched for anywhere, and `$` is the very end",
    arguments: [
      ("b", "abc", .found), ("^b", "abc", .notFound), ("^[a-z0-9-]+$", "daily-7", .found),
      ("^[a-z0-9-]+$", "daily\n", .notFound), ("^[a-z0-9-]+$", "", .notFound), ("^$", "", .found),
      ("^.$", "\u{1F44D}", .found), ("^é$", "e\u{301}", .notFound), ("\\p{Lu}", "straßE", .found),
    ] as [(String, String, Pattern.Outcome)])
  func searches(pattern: String, text: String, outcome: Pattern.Outcome) throws {
    #expect(try Pattern(pattern).search(text) == outcome)
  }

  @Test(
    "a text that is no pattern is refused, with the place",
    arguments: [("[a-z", 4), ("a(", 2), ("*a", 0), ("a\\Cb", 3), ("(?<n>a)(?<n>b)", 12)])
  func refused(pattern: String, offset: Int) {
    #expect { try Pattern(pattern) } throws: { error in
      guard let error = error as? PatternError else { return false }
      return !error.message.isEmpty && error.offset == offset
    }
  }

  @Test(
    "a pattern that would search for ever is given up",
    arguments: ["^(a+)+$", "^(a|aa)+$", "^(.*a){20}$", "(x+x+)+y", "^((a*)*)*$"])
  func tooCostly(pattern: String) throws {
    let hostile = String(repeating: "a", count: 4000) + "!" + String(repeating: "x", count: 90)
    #expect(try Pattern(pattern).search(hostile) != .found)
  }

  @Test("a limit reached is neither found nor not found")
  func outcome() throws {
    #expect(try Pattern("^(a+)+$").search(String(repeating: "a", count: 40) + "!") == .tooCostly)
  }

  @Test("one pattern is searched for on many threads at once")
  func shared() async throws {
    let pattern = try Pattern("^([a-z]+)-([0-9]+)$")
    await withTaskGroup(of: Bool.self) { group in
      for number in 0..<64 {
        group.addTask {
          (0..<200).allSatisfy { _ in
            pattern.search("room-\(number)") == .found && pattern.search("room\(number)") == .notFound
          }
        }
      }
      for await isRight in group { #expect(isRight) }
    }
  }
}
