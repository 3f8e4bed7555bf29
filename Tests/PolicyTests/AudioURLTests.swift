import Policy
import Testing

/// `hold_audio_url`: what a stranger may make Telnyx fetch.
@Suite("Audio URL")
struct AudioURLTests {
  @Test(
    "a URL below the prefix is allowed",
    arguments: [
      "https://media.example.com/hold/a.wav", "https://media.example.com/hold/",
      "https://media.example.com/hold/x/y.mp3",
      "https://media.example.com/hold/a%20b.wav", "https://media.example.com/hold/a.wav?x=1&y=/../z",
      "https://media.example.com/hold/?", "https://media.example.com/hold/..a", "https://media.example.com/hold/a..b/c",
      "https://media.example.com/hold/...", "https://media.example.com/hold/caf%C3%A9.wav",
      "https://media.example.com/hold//x", "https://media.example.com/hold/a;v=1",
      "https://media.example.com/hold/a@b:c",
    ])
  func allowed(url: String) throws {
    #expect(try isAllowed(url, by: "https://media.example.com/hold/"))
  }

  @Test(
    "anything else is not, however it is spelled",
    arguments: [
      // Another place.
      "https://media.example.com/hold", "https://media.example.com/holdx/a.wav", "https://media.example.com/",
      "https://media.example.com", "https://media.example.com/Hold/a.wav", "https://media.example.com/h%6Fld/a.wav",
      "https://evil.example/hold/a.wav", "https://media.example.com.evil.example/hold/a.wav",
      "https://evil-media.example.com/hold/a.wav", "https://example.com/hold/a.wav",
      "https://media.example.com?/hold/a.wav", "https://evil.example/https://media.example.com/hold/",
      "https://evil.example/?https://media.example.com/hold/", "https://evil.example#https://media.example.com/hold/",
      // Another scheme.
      "http://media.example.com/hold/a.wav", "HTTPS://media.example.com/hold/a.wav", "ftp://media.example.com/hold/a",
      "//media.example.com/hold/a.wav", "/hold/a.wav", "https:/media.example.com/hold/a.wav",
      "https:media.example.com/hold/a.wav", "https:\\\\media.example.com\\hold\\a.wav", "file:///hold/a.wav",
      "javascript://media.example.com/hold/%0aalert(1)", " https://media.example.com/hold/a.wav",
      // Another host behind this one.
      "https://media.example.com@evil.example/hold/a.wav", "https://user@media.example.com/hold/a.wav",
      "https://user:pass@media.example.com/hold/a.wav", "https://@media.example.com/hold/a.wav",
      "https://evil.example\\@media.example.com/hold/a.wav", "https://media.example.com\\@evil.example/hold/a.wav",
      "https://media.example.com:443/hold/a.wav", "https://media.example.com:/hold/a.wav",
      "https://media.example.com:8443/hold/a.wav", "https://media.example.com:0443/hold/a.wav",
      "https://media.example.com:443@evil.example/hold/a.wav", "https://media.example.com./hold/a.wav",
      "https://MEDIA.example.com/hold/a.wav", "https://media%2eexample.com/hold/a.wav",
      "https://media.example.com%2f@evil.example/hold/", "https://media。example.com/hold/a.wav",
      "https://mediа.example.com/hold/a.wav", "https://-media.example.com/hold/", "https://media..example.com/hold/",
      "https:///hold/a.wav", "https://media_x.example.com/hold/", "https://[media.example.com]/hold/a.wav",
      // Another path behind this one.
      "https://media.example.com/hold/../secret", "https://media.example.com/hold/./a.wav",
      "https://media.example.com/hold/..", "https://media.example.com/hold/.", "https://media.example.com/x/../hold/a",
      "https://media.example.com/hold/%2e%2e/secret", "https://media.example.com/hold/%2E./secret",
      "https://media.example.com/hold/.%2e/secret", "https://media.example.com/hold/%2e/a",
      "https://media.example.com/hold/..%2fsecret", "https://media.example.com/hold/a%2F..%2Fsecret",
      "https://media.example.com/hold/%5c..%5csecret", "https://media.example.com/hold/..\\secret",
      "https://media.example.com/hold/%252e%252e/secret", "https://media.example.com/hold/..;/secret",
      "https://media.example.com/hold/..%3b/secret", "https://media.example.com/hold/%c0%ae%c0%ae/secret",
      "https://media.example.com/hold/a%00.wav", "https://media.example.com/hold/a%0d%0aHost:x",
      "https://media.example.com/hold/a%7f", "https://media.example.com/hold/%", "https://media.example.com/hold/%2",
      "https://media.example.com/hold/%zz", "https://media.example.com/hold/a?%g0",
      "https://media.example.com/hold/%ff",
      // Bytes that some parser drops or rewrites.
      "https://media.example.com/hold/a b.wav", "https://media.example.com/hold/a\tb",
      "https://media.example.com/hold/a\n",
      "https://media.example.com/hold/é.wav", "https://media.example.com/hold/a#b", "https://media.example.com/hold/a#",
      "https://media.example.com/hold/{a}", "https://media.example.com/hold/a|b",
      "https://media.example.com/hold/\"a\"",
      "https://media.example.com/hold/<a>", "https://media.example.com/hold/a^b", "https://media.example.com/hold/a`b",
      "https://media.example.com/hold/[a]", "https://\u{202E}media.example.com/hold/a", "",
    ])
  func refused(url: String) throws {
    #expect(try !isAllowed(url, by: "https://media.example.com/hold/"))
  }

  @Test(
    "an IP address is no host, in any spelling, not even where a rule would name it",
    arguments: [
      "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "127.0.0.0x1", "0x", "1",
      "169.254.169.254", "[::1]", "[::ffff:127.0.0.1]", "[fe80::1%25eth0]", "a.0x7f", "example.1", "999.999.999.999",
      "00000000.0", "127.0.0.1.", "①②⑦.0.0.1",
    ])
  func noAddresses(host: String) {
    #expect(throws: URLSyntaxError.self) { try AudioURL("https://\(host)/hold/a.wav") }
    #expect(throws: URLSyntaxError.self) { try URLPrefix("https://\(host)/") }
  }

  @Test(
    "a prefix ends at a path boundary",
    arguments: [
      ("https://h.example/hold", "https://h.example/hold", true),
      ("https://h.example/hold", "https://h.example/hold/x", true),
      ("https://h.example/hold", "https://h.example/hold?x", true),
      ("https://h.example/hold", "https://h.example/holdx", false),
      ("https://h.example/hold", "https://h.example/hold.wav", false),
      ("https://h.example/hold", "https://h.example/hold;x", false),
      ("https://h.example/hold/", "https://h.example/hold", false),
      ("https://h.example/hold/", "https://h.example/hold/", true),
      ("https://h.example/hold/", "https://h.example/hold/x/y", true), ("https://h.example", "https://h.example", true),
      ("https://h.example", "https://h.example/any?x", true), ("https://h.example", "https://h.example?x", true),
      ("https://h.example/", "https://h.example/any", true), ("https://h.example/", "https://h.example", true),
      ("https://h.example", "https://h.example.evil.example/", false),
      ("http://h.example/a.wav", "http://h.example/a.wav", true),
      ("http://h.example/a.wav", "https://h.example/a.wav", false),
      ("https://h.example:8443/", "https://h.example:8443/x", true),
      ("https://h.example:8443/", "https://h.example/x", false),
      ("https://h.example:443/", "https://h.example/x", false),
      ("https://h.example:8443/", "https://h.example:84430/x", false),
      ("https://localhost/", "https://localhost/x", true),
    ])
  func boundary(prefix: String, url: String, isAllowed expected: Bool) throws {
    #expect(try isAllowed(url, by: prefix) == expected)
  }

  @Test(
    "a prefix of the configuration is judged by the same grammar, with the place",
    arguments: [
      ("media.example.com/hold/", 0), ("ftp://h.example/", 0), ("https://H.example/", 8), ("https://h.example/../", 18),
      ("https://h.example/a?b", 19), ("https://h.example/a#b", 19), ("https://u@h.example/", 9),
      ("https://h.example:0/", 18), ("https://10.0.0.1/", 8), ("https://h.example/%2f", 18),
      ("https://h.example/*", 18),
    ])
  func prefixErrors(text: String, offset: Int) throws {
    do {
      _ = try URLPrefix(text)
      Issue.record("\(text) is taken for a prefix")
    } catch {
      #expect(error.offset == offset)
      #expect(!error.message.isEmpty)
    }
  }

  private func isAllowed(_ url: String, by prefix: String) throws -> Bool {
    let prefix = try URLPrefix(prefix)
    guard let url = try? AudioURL(url) else { return false }
    return prefix.allows(url)
  }
}
