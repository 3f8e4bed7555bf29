import Gateway
import Testing

@Suite("Header fields")
struct HeaderFieldsTests {
  private static let fields: HeaderFields = ["Host": "h", "X-A": "1", "x-a": "", "Via": "1.1 a"]

  private static func lines(_ fields: HeaderFields) -> [String] {
    fields.entries.map { "\(fields.text($0.name)): \(fields.text($0.value))" }
  }

  @Test("are found by their name in either case, in the order in which they came")
  func look() {
    #expect(Self.fields.value(of: "x-a") == "1")
    #expect(Self.fields.rawValues(of: "x-a").map(Array.init) == [Array("1".utf8), []])
    #expect(Self.fields.count(of: "x-a") == 2)
    #expect(Self.fields.rawValues(of: "via").map(Array.init) == [Array("1.1 a".utf8)])
    #expect(Self.fields.value(of: "x-b") == nil)
    #expect(!Self.fields.contains("hos"))
    #expect(!Self.fields.contains("hosts"))
  }

  @Test("keep any byte of a value, also what is no UTF-8")
  func bytes() {
    var fields = HeaderFields()
    let value: [UInt8] = [0x63, 0xE9, 0xFF, 0x00]
    fields.append(Array("X-Odd".utf8)[...], value[...])
    #expect(fields.rawValues(of: "x-odd").map(Array.init) == [value])
  }

  @Test("are added at the end, also where the value is written in place")
  func added() {
    var fields = Self.fields
    fields.append("Z") { $0.append(contentsOf: "26".utf8) }
    fields.append("A", "1")
    #expect(Self.lines(fields) == ["Host: h", "X-A: 1", "x-a: ", "Via: 1.1 a", "Z: 26", "A: 1"])
  }

  @Test("without some are the others, and as good as if those had never been there")
  func without() {
    let rest = Self.fields.without(FieldNames(["x-a"]), FieldNames(["via"]))
    #expect(Self.lines(rest) == ["Host: h"])
    #expect(rest == ["Host": "h"])
    #expect(rest.size == "Host: h\r\n".utf8.count)
  }

  @Test(
    "have a token as their name and no control character in their value",
    arguments: [
      ("X-A_1.~", "a b\u{E4}\t", true, true), ("", "", false, true), ("X A", "\u{7F}", false, false),
      ("X:", "\r", false, false), ("X\u{E4}", "\0", false, false), ("(x)", "\u{1F}", false, false),
    ])
  func form(name: String, value: String, isToken: Bool, isPlain: Bool) {
    let fields: HeaderFields = [name: value]
    #expect(fields.hasToken(fields.entries[0].name) == isToken)
    #expect(fields.hasNoControl(fields.entries[0].value) == isPlain)
  }
}
