import Crypto
import TestKit
import Testing

@testable import Upstream

/// A token that comes back in a reply, however whoever sent it back has written it.
@Suite("Traces of a token")
struct TokenTracesTests {
  static let token = "KEY0192/a+token=that_nobody-may/see+0f1e2d3c4b5a"
  private static let traces = TokenTraces(of: [Secret(Array(token.utf8)), Secret(Array("another-token".utf8))])

  typealias Encoding = @Sendable (String) -> String

  /// Each may be applied to what another one, or the same, has made.
  static let encodings: [(name: String, encode: Encoding)] = [
    ("slashes escaped", { $0.replacing("/", with: "\\/") }),
    ("JSON", { String($0.flatMap { $0 == "\\" || $0 == "\"" || $0 == "/" ? "\\\($0)" : "\($0)" }) }),
    ("JSON's \\u", each { "\\u" + hex($0, 4) }),
    ("JSON's \\u of signs", signs { "\\u" + hex($0, 4).uppercased() }),
    ("braces behind \\u", each { "\\u{" + hex($0, 1) + "}" }),
    ("\\x", each { "\\x" + hex($0, 2) }),
    ("\\X of signs", signs { "\\x" + hex($0, 2).uppercased() }),
    ("octal", each { "\\" + String(repeating: "0", count: $0 < 64 ? 1 : 0) + String($0, radix: 8) }),
    ("a URL's %", each { "%" + hex($0, 2) }),
    ("a URL's % of signs", signs { "%" + hex($0, 2).uppercased() }),
    ("%u", each { "%u" + hex($0, 4) }),
    ("decimal entities", each { "&#\($0);" }),
    ("decimal entities with zeros", each { "&#000\($0);" }),
    ("an entity without its end", signs { "&#\($0)" + ($0 == UInt8(ascii: "=") ? "" : ";") }),
    ("hexadecimal entities", each { "&#x" + hex($0, 1) + ";" }),
    ("entities of signs", signs { "&#X" + hex($0, 4) + ";" }),
    ("named entities", { text in named.reduce(text.replacing("&", with: "&amp;")) { $0.replacing($1.0, with: $1.1) } }),
    ("hex", { hex($0) }),
    ("upper-case hex", { hex($0).uppercased() }),
    ("hex behind a digit", { "7" + hex($0) }),
    ("Base64", { Array($0.utf8).base64 }),
    ("Base64 for URLs", { forURLs(Array($0.utf8).base64) }),
    ("Base64 of a header's value", { Array("Bearer \($0)".utf8).base64 }),
    ("Base64 behind two bytes", { Array("xx\($0):".utf8).base64 }),
    ("Base64 behind a slash", { "/v2/" + Array($0.utf8).base64 }),
    ("Base64 in lines", { lines(Array("{\"a\":\"Bearer \($0)\"}".utf8).base64, "\r\n") }),
    ("Base64 in lines of JSON", { lines(Array($0.utf8).base64, "\\n") }),
    ("UTF-16", each { "\0" + String(Unicode.Scalar($0)) }), ("UTF-16, little end first", { $0 + "\0" }),
    ("escaped UTF-16", each { ($0 == UInt8(ascii: "\\") ? "\\\\" : String(Unicode.Scalar($0))) + "\\u0000" }),
    ("Base64 of UTF-16", { Array($0.utf8.flatMap { [$0, 0] }).base64 }),
    ("hex of UTF-16", { hex(each { "\0" + String(Unicode.Scalar($0)) }($0)) }),
    ("quoted-printable", each { "=" + hex($0, 2).uppercased() }),
    ("quoted-printable in lines", each { "=" + hex($0, 2).uppercased() + ($0 % 3 == 0 ? "=\r\n" : "") }),
    ("quoted-printable of signs", signs { "=" + hex($0, 2).uppercased() + "=\n" }),
    ("quoted-printable in lines of JSON", each { "=" + hex($0, 2) + ($0 % 3 == 0 ? "=\\r\\n" : "") }),
    ("Base32", { base32($0) + "===" }), ("Base32 in small letters", { base32("xx:\($0)").lowercased() }),
    ("Base32 of the other alphabet", { base32("x\($0)", "0123456789ABCDEFGHIJKLMNOPQRSTUV") }),
    ("hex with colons", list(16, ":")), ("hex with blanks", list(16, " ")), ("hex with dashes", list(16, "-")),
    ("hex with commas", { list(16, ", 0x")(" \($0)") }), ("hex in groups", { groups(hex($0), 8, " ") }),
    ("hex in strings", list(16, #"","#)), ("hex in lines", list(16, "\r\n")), ("hex in JSON's lines", list(16, "\\n")),
    ("hex in code points", { list(16, " U+00")(" \($0)") }), ("hex in C", list(16, "', '\\x")),
    ("decimal numbers", list(10, ",")), ("decimal numbers in lines", list(10, ",\n        ")),
    ("decimal numbers in a form", list(10, "%2C")), ("decimal numbers with fractions", list(10, ".0, ")),
    ("octal numbers", list(8, " ")), ("binary numbers", list(2, " ")),
    (
      "numbers under their places",
      { $0.utf8.enumerated().map { "\"\($0)\":\($1)" }.joined(separator: ",") }
    ),
  ]

  /// What encodes some of a list's signs and leaves the others between them: such a list isn't found.
  private static func isBeyond(_ name: String, _ before: [String]) -> Bool {
    // `&#61` and digits behind it are another number.
    if name.hasPrefix("an entity") { return before.contains { $0.hasPrefix("quoted") } }
    return ["escaped UTF-16", "named entities"].contains(name)
      && before.contains { before in
        ["hex w", "hex in", "number", "decimal n", "octal n", "binary"].contains { before.hasPrefix($0) }
      }
  }

  @Test("are found in each of its encodings", arguments: encodings.map(\.name))
  func once(name: String) throws {
    let encoding = try #require(Self.encodings.first { $0.name == name })
    try Self.check(encoding.encode(Self.token))
  }

  @Test("are found in an encoding of an encoding", arguments: encodings.map(\.name))
  func twice(name: String) throws {
    let inner = try #require(Self.encodings.first { $0.name == name })
    for outer in Self.encodings where !Self.isBeyond(outer.name, [name]) {
      try Self.check(outer.encode(inner.encode(Self.token)), outer.name)
    }
  }

  @Test("are found in encodings of encodings of encodings", arguments: 1...40 as ClosedRange<UInt64>)
  func stacked(seed: UInt64) throws {
    var random = SeededRandom(seed)
    for _ in 0..<10 {
      var (text, names) = (Self.token, [""])
      for _ in 0..<Int.random(in: 1...5, using: &random) {
        guard let next = Self.encodings.randomElement(using: &random), text.utf8.count < 20_000 else { break }
        if Self.isBeyond(next.name, names) { continue }
        text = next.encode(text)
        names.append(next.name)
      }
      try Self.check(text, names.joined(separator: ", "))
    }
  }

  @Test(
    "are found where only some of it is encoded, each byte in another way", arguments: 1...40 as ClosedRange<UInt64>)
  func mixed(seed: UInt64) throws {
    var random = SeededRandom(seed)
    let ways: [(UInt8) -> String] = [
      { "\\u00" + Self.hex($0, 2) }, { "%" + Self.hex($0, 2) }, { "&#\($0);" }, { "\\x" + Self.hex($0, 2) },
      { String(Unicode.Scalar($0)) }, { String(Unicode.Scalar($0)) }, { "%25" + Self.hex($0, 2) },
      { "\\\\u00" + Self.hex($0, 2) }, { "&amp;#x" + Self.hex($0, 2) + ";" },
    ]
    let text = Self.token.utf8.map { (ways.randomElement(using: &random) ?? ways[4])($0) }.joined()
    try Self.check(text)
  }

  @Test("are gone even where the encodings are more than are undone")
  func endless() throws {
    var shorter = "%"
    for _ in 0..<30 { shorter += "25" }
    for text in [
      Self.token.replacing("/", with: shorter + "2F"), Self.token.replacing("/", with: #"\\\\\\\\\\\\\\\\"# + "/"),
    ] {
      let masked = try Self.masked(#"{"x":"\#(text)","y":1}"#)
      #expect(!masked.contains("0f1e2d3c4b5a"), "\(text)")
      #expect(masked.hasSuffix(#"","y":1}"#))
    }
  }

  @Test("leave a text as it is that has none, whatever it is encoded in")
  func none() {
    for encoding in Self.encodings {
      for text in ["KEY0192/another+token=that_nobody-may/see+0f1e2d3c4b5b", String(repeating: "\\", count: 300)] {
        var bytes = Array(encoding.encode(text).utf8)
        let before = bytes
        let isMasked = Self.traces.mask(&bytes)
        #expect(!isMasked && bytes == before, "\(encoding.name)")
      }
    }
  }

  @Test("behind something odd are found all the same, and nothing is written beside them")
  func edges() throws {
    for (before, after) in [
      ("", ""), ("\\", ""), ("%", "%"), ("&", ";"), ("\\u00", "\\"), ("%2", "%4"), ("&#", "&#"), ("\\\"", "\\\""),
      (String(repeating: "=", count: 5), "=="), ("\u{E9}", "\u{E9}"), ("\0", "\0"), (token, token),
    ] {
      let masked = try Self.masked(before + Self.token + after)
      #expect(!masked.contains(Self.token), "\(before)")
    }
  }

  private var token: String { Self.token }

  private static func check(_ encoded: String, _ comment: String = "") throws {
    let plain = #"{"data":{"id":"c-1"},"x":"Bearer \#(encoded)","y":"é"}"#
    let masked = try masked(plain)
    #expect(!masked.contains(encoded), "\(comment): \(encoded.prefix(200))")
    #expect(masked.utf8.count == plain.utf8.count)
    #expect(masked.hasPrefix(#"{"data":{"id":"c-1"},"x":"Bearer "#), "\(comment)")
    #expect(masked.hasSuffix(#"","y":"é"}"#), "\(comment)")
    // What is left of it must not be read by who knows the encoding: at most its edges stay.
    let stars = masked.utf8.count { $0 == UInt8(ascii: "*") }
    #expect(stars >= 40, "\(comment): \(stars) of \(encoded.utf8.count)")
  }

  private static func masked(_ text: String) throws -> String {
    var bytes = Array(text.utf8)
    let count = bytes.count
    let isMasked = traces.mask(&bytes)
    #expect(isMasked, "\(text.prefix(300))")
    #expect(bytes.count == count)
    return String(decoding: bytes, as: UTF8.self)
  }

  private static let named = [
    ("/", "&sol;"), ("+", "&plus;"), ("=", "&equals;"), ("_", "&lowbar;"), ("%", "&percnt;"), ("\\", "&bsol;"),
    ("\"", "&quot;"),
  ]

  private static func hex(_ byte: UInt8, _ digits: Int) -> String {
    let hex = String(byte, radix: 16)
    return String(repeating: "0", count: max(0, digits - hex.count)) + hex
  }

  private static func hex(_ text: String) -> String { text.utf8.map { hex($0, 2) }.joined() }

  private static func each(_ encode: @escaping @Sendable (UInt8) -> String) -> Encoding {
    { $0.utf8.map(encode).joined() }
  }

  /// What isn't a letter or a digit.
  private static func signs(_ encode: @escaping @Sendable (UInt8) -> String) -> Encoding {
    { text in
      text.utf8.map { byte in
        let character = Character(Unicode.Scalar(byte))
        return character.isLetter || character.isNumber ? String(character) : encode(byte)
      }.joined()
    }
  }

  private static func list(_ base: Int, _ separator: String) -> Encoding {
    { text in text.utf8.map { String($0, radix: base) }.joined(separator: separator) }
  }

  private static func groups(_ text: String, _ size: Int, _ separator: String) -> String {
    var rest = text[...]
    var groups: [Substring] = []
    while !rest.isEmpty {
      groups.append(rest.prefix(size))
      rest = rest.dropFirst(size)
    }
    return groups.joined(separator: separator)
  }

  /// RFC 4648, section 6, without padding.
  private static func base32(_ text: String, _ alphabet: String = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") -> String {
    let digits = Array(alphabet)
    var bits = text.utf8.map { String($0, radix: 2) }.map { String(repeating: "0", count: 8 - $0.count) + $0 }.joined()
    bits += String(repeating: "0", count: (5 - bits.count % 5) % 5)
    return groups(bits, 5, " ").split(separator: " ").map { String(digits[Int($0, radix: 2) ?? 0]) }.joined()
  }

  private static func forURLs(_ base64: String) -> String {
    base64.replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  private static func lines(_ text: String, _ end: String) -> String { groups(text, 20, end) }
}
