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

  @Test("a byte order mark and CR LF are no obstacle")
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
