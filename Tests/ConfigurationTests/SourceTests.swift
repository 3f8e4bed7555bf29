import Configuration
import Gateway
import Policy
import Testing

/// Files that are no YAML at all, or too much of it.
@Suite("Source")
struct SourceTests {
  @Test("a file that is not there is told by name")
  func missing() throws {
    let sandbox = try Sandbox()
    #expect(sandbox.errors() == ["1:1 the file can't be opened: No such file or directory"])
  }

  @Test("a directory is no file")
  func directory() throws {
    let sandbox = try Sandbox.good()
    #expect(sandbox.errors("teams") == ["1:1 the file is no regular file"])
  }

  @Test("an empty file is told as empty", arguments: ["", "\n\n", "# only this\n", "---\n...\n"])
  func empty(text: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", text)
    let errors = sandbox.errors()
    #expect(errors.count == 1 && errors[0].contains("empty"), "\(errors)")
  }

  @Test("a file that is not UTF-8 is told at the first wrong byte")
  func notUTF8() throws {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", Array("version: 1\norganization: é".utf8) + [0xFF, 0x0A])
    #expect(sandbox.errors() == ["2:16 the file is not UTF-8"])
    try sandbox.write("gateway.yaml", [0xFF, 0xFE] + Array("version: 1".utf8).flatMap { [$0, 0] })
    #expect(sandbox.errors() == ["1:1 the file is not UTF-8"])
  }

  @Test("a control character is told with its place")
  func control() throws {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", "version: 1\norganization: a\u{0}b\n")
    let errors = sandbox.errors()
    #expect(errors.count == 1 && errors[0].hasPrefix("2:16 this is not YAML: control characters"), "\(errors)")
  }

  @Test("a byte order mark and CR LF are no unavailability")
  func marks() throws {
    let sandbox = try Sandbox.good()
    try sandbox.write(
      "gateway.yaml", "\u{FEFF}" + Sandbox.gateway.split(separator: "\n").joined(separator: "\r\n") + "\r\n")
    #expect(sandbox.errors() == [])
    try sandbox.write(
      "gateway.yaml", Sandbox.gateway.split(separator: "\n").joined(separator: "\r\n") + "\r\nversion: 1\r\n")
    let first = "\(sandbox.path("gateway.yaml")):1:1"
    #expect(sandbox.errors() == ["5:1 the key version stands twice in one mapping (\(first))"])
  }

  @Test("a huge file is refused before it is parsed")
  func huge() throws {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", Array(repeating: UInt8(ascii: "#"), count: (1 << 20) + 1))
    #expect(sandbox.errors() == ["1:1 the file is larger than 1MiB"])
  }

  @Test(
    "a text that would nest or multiply without end is refused, not followed",
    arguments: [
      String(repeating: "[", count: 100_000), String(repeating: "{a: ", count: 50_000),
      String(repeating: "- ", count: 20_000), String(repeating: "? ", count: 20_000),
      (0..<20_000).map { String(repeating: " ", count: min($0, 20)) + "k\($0):" }.joined(separator: "\n"),
      (0..<30_000).map { "k\($0): 1" }.joined(separator: "\n"), String(repeating: "a: 1\n", count: 200),
    ])
  func endless(text: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", text)
    #expect(!sandbox.errors().isEmpty)
  }

  @Test("aliases that would multiply to an endless key are never expanded")
  func aliasBomb() throws {
    var text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
    let names = Array("abcdefghijklmnop")
    for (before, name) in zip(names, names.dropFirst()) {
      let list = Array(repeating: "*\(before)", count: 10).joined(separator: ", ")
      text += "\(name): &\(name) [\(list)]\n"
    }
    text += "? [*p, *p]\n: 1\n"
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", text)
    let errors = sandbox.errors()
    #expect(errors.contains { $0.hasPrefix("2:8 aliases are not allowed") })
    #expect(errors.contains { $0.hasPrefix("1:4 anchors are not allowed") })
  }

  @Test("a text too deep or too often the same is told where it becomes that")
  func tooMuch() throws {
    let sandbox = try Sandbox.good("more: " + String(repeating: "[", count: 200))
    #expect(sandbox.errors() == ["5:106 lists and mappings stand more than 100 deep in each other"])
    try sandbox.write("gateway.yaml", Sandbox.gateway + String(repeating: "version: 1\n", count: 102))
    let errors = sandbox.errors()
    #expect(errors.count == 101 && errors[0].hasPrefix("5:1 the key version stands twice"), "\(errors)")
    #expect(errors.last == "105:1 the file has more than a hundred keys that stand twice")
  }

  @Test(
    "a text that YAML takes for an alias is told, and so is what is wrong behind it", arguments: ["*.wav", "*", "*a.b"])
  func brokenAlias(text: String) throws {
    let sandbox = try Sandbox.good(
      """
      policy: {hold_media_name: {allow: [\(text)]}}
      admin: {lisen: \(text), "x": \(text)}

      """)
    let words = "aliases are not allowed in a configuration; put a text that begins with * in quotes"
    let errors = sandbox.errors()
    for place in ["5:36", "6:16"] { #expect(errors.contains("\(place) \(words)"), "\(errors)") }
    #expect(errors.contains { $0.hasPrefix("6:9 unknown key lisen in admin") }, "\(errors)")
    #expect(errors.allSatisfy { $0.hasPrefix("5:36") || $0.hasPrefix("6:") }, "\(errors)")
  }

  @Test(
    "an anchor or a tag is told wherever it stands",
    arguments: [
      ("&a limits: []", "5:1 anchors"), ("!!str limits: []", "5:1 tags (!)"), ("limits: &a []", "5:9 anchors"),
      ("limits: ! []", "5:9 tags (!)"), ("limits: !<x> []", "5:9 tags (!)"), ("admin: &a", "5:8 anchors"),
      ("admin: {listen: !e \"127.0.0.1:0\"}", "5:17 tags (!)"), ("? &a [a, &b b]\n: 1", "5:10 anchors"),
    ])
  func anchorOrTag(line: String, expected: String) throws {
    let errors = try Sandbox.good(line + "\n").errors()
    #expect(errors.contains { $0.hasPrefix("\(expected) are not allowed in a configuration") }, "\(errors)")
  }

  @Test("lines are counted as YAML ends them", arguments: ["\n", "\r\n", "\r", "\u{85}", "\u{2028}", "\u{2029}"])
  func lines(end: String) throws {
    let sandbox = try Sandbox()
    try sandbox.write("gateway.yaml", ["version: 1", "server:", "\tworkers: 1", ""].joined(separator: end))
    #expect(sandbox.errors() == ["3:1 this line is indented with a TAB, which YAML doesn't take: use spaces"])
    try sandbox.write("gateway.yaml", ["version: 1", "organization: é\u{7}", ""].joined(separator: end))
    #expect(sandbox.errors() == ["2:16 this is not YAML: control characters are not allowed"])
    try sandbox.write("gateway.yaml", ["version: 1", "teams: [a", ""].joined(separator: end))
    #expect(sandbox.errors().first?.hasPrefix("3:1 this is not YAML: while parsing a flow sequence (line 2)") == true)
  }

  @Test("a star that begins no alias is left alone")
  func stars() throws {
    let sandbox = try Sandbox.good(
      """
      policy:
        # a comment with *stars and , *more
        hold_media_name: {allow: ["*a", 'b *c', "[*", b*d]}
        name: {pattern: "^ *[a-z]:*$"}

      """)
    let configuration = try sandbox.load()
    let row = configuration.teams[0].policy.rows.first { $0.name == "hold_media_name" }
    #expect(row?.parts.first?.text == "*a, b *c, [*, b*d")
  }
}
