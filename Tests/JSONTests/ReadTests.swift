import JSON
import Testing

@Suite("Somebody else's JSON")
struct ReadTests {
  private static func id(_ text: [UInt8]) -> String? { JSONValue.string(at: ["data", "id"], in: text) }

  private static let deep = String(repeating: "[", count: 2000) + String(repeating: "]", count: 2000)

  @Test(
    "is read for what is needed, whatever else is in it",
    arguments: [
      #"{"data":{"id":"c","seq":18446744073709551615}}"#, #"{"data":{"id":"c"},"x":18446744073709551616}"#,
      #"{"x":1e999,"data":{"y":-1e-999,"id":"c"}}"#,
      #"{"x":123456789012345678901234567890.1234567890,"data":{"id":"c"}}"#,
      #"{"x":1,"x":2,"data":{"y":{"id":"d"},"y":[],"id":"c"}}"#, #"{"data":{"id":"c","id":"c"}}"#,
      #"{"data":{"id":"c"},"x":\#(deep)}"#, #"{"x":\#(deep),"data":{"y":\#(deep),"id":"c"}}"#,
      #"{"x":"\u0000","data":{"id":"c","y":"\ud800"}}"#, #"{"\ud800":1,"data":{"id":"c"}}"#,
      "\u{FEFF}{\"data\":{\"id\":\"c\"}}", "{\"x\":\"a\tb\",\"data\":{\"id\":\"c\"}}",
      #"{"d\u0061ta":{"\u0069d":"\u0063"}}"#,
      "\r\n {\"data\" : {\t\"id\"\n: \"c\" } }\n", #"{"data":{"id":"c"},"x":NaN,"y":tru,"z":+1}"#,
      #"{"Data":{"id":"d"},"data":{"ID":"d","id":"c"}}"#, #"{"data":{"id":"c"},"":"","":1}"#,
    ])
  func read(text: String) { #expect(Self.id(Array(text.utf8)) == "c") }

  @Test(
    "is read to the end of its outermost value, whatever follows; but it is not one value then",
    arguments: [
      "}", "]", "{\"data\":{\"id\":\"b\"}}", " x", " {}", "\"", "\\", "\0", "<!-- \" -->", "\u{1F44D}", "\n[\n", ",",
    ])
  func followed(rest: String) {
    for text in [#"{"data":{"id":"c"}}"#, #" {"x":"}]\"\\","data":{"id":"c","y":[{},"{"]}}"#] {
      #expect(Self.id(Array((text + rest).utf8)) == "c")
      #expect(JSONValue.read(Array((text + rest).utf8)) == nil)
    }
  }

  @Test("is read where bytes in it are no UTF-8, and what these are in is not")
  func noText() {
    let bytes = Array(#"{"name":"é","data":{"n":"é","id":"c","z":["é"]},"u":"|", "v":"x"}"#.utf8)
    let broken = bytes.map { $0 == UInt8(ascii: "|") ? 0xFF : $0 }
    #expect(Self.id(broken) == "c")
    let value = JSONValue.read(broken)
    #expect(value?["u"] == .null)
    #expect(value?["v"] == .string("x"))
    #expect(Self.id(Array(#"{"data":{"id":"|"}}"#.utf8).map { $0 == UInt8(ascii: "|") ? 0xFF : $0 }) == nil)
  }

  @Test(
    "is not read where nobody can tell what is meant",
    arguments: [
      "", "3", "\"data\"", "[]", "{}", "{", "[", "]", "}", "{]", "[}", "\u{FEFF}", " ", "\0",
      #"{"data":{"id":"a","id":"b"}}"#, #"{"data":{"id":"a"},"data":{"id":"b"}}"#,
      #"{"data":{"id":"a"},"d\u0061ta":1}"#,
      #"{"data":{"id":"a","id":1}}"#, #"{"data":{"id":"a"}"#, #"x {"data":{"id":"a"}}"#, #"{"data":{"id":"a"}]}"#,
      #"{"data":{"id":"a","x":"}}"#, #"{"data":{"id":"a","x":"\"}}"#, #"{"data":{"id":"a\ud800"}}"#,
      #"{"data":{"id":"a\u0000"}}"#,
      #"{"data":{"id":"a}}"#, #"{"data":{"id":["a"]}}"#, #"{"data":[{"id":"a"}]}"#, #"{"data":{"id":null}}"#,
      #"{"data":{"id" "a"}}"#, #"{"data":{"x":1 "id":"a"}}"#, #"{"data":{id:"a"}}"#, #"{"data":"id"}"#,
    ])
  func unclear(text: String) { #expect(Self.id(Array(text.utf8)) == nil) }

  @Test("has the values that strict JSON has")
  func values() throws {
    let text = Array(#"{"a":1,"b":[true,false,null,-7,1.5],"c":{"d":"\"\\\u0001é"},"e":0.1,"f":[],"g":{}}"#.utf8)
    #expect(JSONValue.read(text) == (try JSONValue.parse(text)))
  }

  @Test("has no member whose key stands twice, however many there are")
  func twins() {
    for count in [3, 40] {
      let members = (0..<count).map { #""k\#($0)":\#($0)"# } + [#""k1":"x""#, #""k2":2"#, #""k1":1"#]
      let value = JSONValue.read(Array("{\(members.joined(separator: ","))}".utf8))
      #expect(value?["k0"] == .integer(0))
      #expect(value?["k1"] == nil)
      #expect(value?["k2"] == nil)
    }
  }

  @Test("with a hundred thousand equal keys, or brackets, is read in a moment")
  func hostile() {
    let members = Array(repeating: #""a":"a""#, count: 100_000).joined(separator: ",")
    #expect(Self.id(Array("{\(members),\"data\":{\"id\":\"c\"}}".utf8)) == "c")
    for bracket in ["[", "{", "{\"a\":"] {
      #expect(Self.id(Array(String(repeating: bracket, count: 100_000).utf8)) == nil)
      #expect(!JSONValue.isSound(Array(String(repeating: bracket, count: 100_000).utf8)))
    }
    #expect(Self.id(Array(#"{"data":{"id":"c"}}"#.utf8)) == "c")
  }

  @Test(
    "is sound by the grammar alone",
    arguments: [
      #"{"a":18446744073709551616,"b":-1e999,"a":0.10,"c":[1E+2,-0,0.0e-0]}"#, "[]", " {} ",
      #"{"a":[["\u00e9",true,false,null]]}"#,
    ])
  func sound(text: String) { #expect(JSONValue.isSound(Array(text.utf8))) }

  @Test(
    "is not sound",
    arguments: [
      "", "1", "[01]", "[1.]", "[.5]", "[-]", "[+1]", "[1e]", "[1e+]", "[NaN]", "[1,]", "[1 2]", "[\"\t\"]", "[] x",
      "[]]", "{}{}",
      "{\"a\"}", "[1x]", "[0x1]", "[--1]", "\u{FEFF}[]", "[tru]", "[nulll]",
    ])
  func unsound(text: String) { #expect(!JSONValue.isSound(Array(text.utf8))) }

  @Test("cut off anywhere, or with any byte changed, is read or not, and harms nothing")
  func damaged() {
    let text = Array(#"{"a":[1,-2.5e3,{"b":"\u00e9"}],"data":{"id":"c","x":null,"x":true},"z":"é"}"#.utf8)
    for end in 0..<text.count { #expect(Self.id(Array(text[..<end])) == nil) }
    for place in text.indices {
      for byte in 0...255 as ClosedRange<UInt8> {
        var damaged = text
        damaged[place] = byte
        _ = JSONValue.read(damaged)
        _ = JSONValue.isSound(damaged)
      }
    }
  }
}
