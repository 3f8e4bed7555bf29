import Crypto
import Testing

@testable import Upstream

/// Replies as they are, which no search for tokens may touch.
@Suite("A reply without a token")
struct PlainReplyTests {
  static let conference = #"""
    {"data":{"record_type":"conference","id":"3fa85f64-5717-4562-b3fc-2c963f66afa6","name":"daily-standup",
    "created_at":"2026-11-27T10:00:00.123456Z","expires_at":"2026-11-27T11:00:00.123456Z","region":"US","status":"init",
    "end_reason":null,"connection_id":"1684641123236054244","max_participants":50,"beep_enabled":"on_enter"}}
    """#

  static let texts: [(name: String, text: String)] = [
    ("a conference", conference), ("its rows", Array(repeating: conference, count: 50).joined(separator: ",")),
    ("UUIDs", numbered(200) { "\"3fa85f64-5717-4562-b3fc-2c963f66a\(100 + $0)\"" }),
    ("numbers of a byte", numbered(2000) { "\(33 + $0 % 94)" }),
    ("numbers of a byte in lines", numbered(500) { "\n          \(33 + $0 * 7 % 94)" }),
    ("small numbers", numbered(2000) { "\($0 % 10)" }), ("large numbers", numbered(500) { "\($0 * 1_234_567_891)" }),
    ("fractions", numbered(500) { "\(Double($0) / 7)" }), ("coordinates", numbered(200) { "[\($0).5,-\($0).25]" }),
    ("times", numbered(200) { "\"2026-11-27 10:0\($0 % 10):00\"" }),
    ("addresses", numbered(300) { "\"10.0.\($0 % 256).75\"" }),
    ("numbers under their places", numbered(500) { "\"\($0)\":\(33 + $0 % 94)" }),
    (
      "a digest with colons",
      #""AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89""#
    ),
    ("Base64 of zeros", #"{"client_state":"\#(String(repeating: "A", count: 100_000))"}"#),
    ("zeros", String(repeating: "0", count: 100_000)), ("NULs", String(repeating: "\0", count: 100_000)),
    ("letters", String(repeating: "x", count: 1 << 20)), ("blanks", String(repeating: " ", count: 100_000)),
    ("UTF-16", String(conference.flatMap { [$0, "\0"] })),
    ("quoted-printable", String(repeating: "=3D=41=3Db=\r\n", count: 5_000)),
    ("Base32", String(repeating: "MFRGGZDFMZTWQ2LKNNWG23TPOBYXE43UOV3HO6DZPI======", count: 2_000)),
    (
      "a URL",
      "https://media.example.com/hold/a.wav?expires=1764237600&signature=" + String(repeating: "4f=2B", count: 40)
    ),
    ("HTML", "<html><head><title>404 Not Found</title></head><body bgcolor=\"ffffff\"><hr>nginx</body></html>"),
    ("a dump", String(repeating: "00000000: 4b45 5930 312d 612d 746f 6b65 6e2d 7469  KEY01-a-token-ti\n", count: 500)),
  ]

  @Test(
    "stays as it is, byte for byte", arguments: texts.map(\.name), ["KEY01-a-token-that-nobody-may-see", "KEY01-ab"])
  func unchanged(name: String, token: String) throws {
    let text = try #require(Self.texts.first { $0.name == name }).text
    // Eight bytes can stand in a row of 94 that follow each other; these don't.
    var bytes = Array(text.utf8)
    let isMasked = TokenTraces(of: [Secret(Array(token.utf8))]).mask(&bytes)
    #expect(!isMasked)
    let isUnchanged = bytes == Array(text.utf8)
    #expect(isUnchanged)
  }

  @Test("stays JSON where a list has been one", arguments: [",", ", ", ",\n  "])
  func numbers(separator: String) {
    let token = "KEY01-a-token-that-nobody-may-see"
    func masked(_ text: String) -> String {
      var bytes = Array(text.utf8)
      _ = TokenTraces(of: [Secret(Array(token.utf8))]).mask(&bytes)
      return String(decoding: bytes, as: UTF8.self)
    }
    let list = token.utf8.map { "\($0)" }.joined(separator: separator)
    let stars = token.utf8.map { $0 < 100 ? "42" : " 42" }.joined(separator: separator)
    let before = #"{"data":{"id":"c-1","x":"\"5"},"x":[\#(#"66,101,97,114,101,114,32"#),"#
    #expect(masked("\(before)\(list),10],\"y\":1}") == "\(before)\(stars),10],\"y\":1}")
    let string = token.utf8.map { String($0, radix: 16) }.joined(separator: ":")
    #expect(
      masked("{\"x\":\"\(string)\",\"y\":1}")
        == "{\"x\":\"\(token.utf8.map { _ in "**" }.joined(separator: ":"))\",\"y\":1}")
  }

  private static func numbered(_ count: Int, _ make: (Int) -> String) -> String {
    "{\"data\":[" + (0..<count).map(make).joined(separator: ",") + "]}"
  }
}
