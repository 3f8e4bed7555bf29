import Policy
import Testing

@Suite("Glob")
struct GlobTests {
  @Test(
    "a star stands for any bytes or none, everything else for itself",
    arguments: [
      ("hold-*", "hold-1", true), ("hold-*", "hold-", true), ("hold-*", "hold", false), ("hold-*", "xhold-1", false),
      ("*", "", true), ("", "", true), ("", "a", false), ("*a*b*", "xaybz", true), ("*a*b*", "ba", false),
      ("a*a", "a", false), ("a*a", "aa", true), ("a**b", "ab", true), ("*.wav", "a.wav.wav", true),
      ("*.wav", "a.wave", false),
      ("a?", "ab", false), ("[a]", "a", false), ("a*c", "abdc", true), ("*ab", "aab", true), ("Hold*", "hold", false),
      ("\u{E9}*", "e\u{301}x", false), ("*", "\u{1F44D}\n", true),
    ])
  func matches(glob: String, text: String, isMatch: Bool) {
    #expect(Glob(glob).matches(text) == isMatch)
  }

  @Test("a hostile text costs the product of both lengths at most")
  func hostile() {
    let glob = Glob(String(repeating: "a*", count: 100) + "b")
    #expect(!glob.matches(String(repeating: "a", count: 4000)))
  }
}
