import JSON
import Testing

@Suite("JSON")
struct JSONTests {
  @Test("what is written reads back as the same value")
  func roundTrip() throws {
    let text = #"{"a":1,"b":[true,false,null,-7,1.5],"c":{"d":"\"\\\u0001é"},"e":0.1}"#
    let value = try JSONValue.parse(Array(text.utf8))
    #expect(try JSONValue.parse(value.text) == value)
    #expect(String(decoding: value.text, as: UTF8.self) == text)
  }

  @Test(
    "a text that is not strict JSON is refused",
    arguments: [
      ("", .malformed), ("{", .malformed), ("{} x", .malformed), ("\u{FEFF}{}", .malformed), ("3", .malformed),
      (#"{"a":1,"a":2}"#, .duplicateKey), (#"{"a":{"b":1,"b":1}}"#, .duplicateKey),
      (#"{"a":1,"\u0061":2}"#, .duplicateKey),
      (#"{"a":01}"#, .malformed),
      // Behind a number that is sound and too large for the library.
      (#"{"a":1e999,"a":2}"#, .duplicateKey), (#"{"a":1e999,"b":"\ud800"}"#, .malformed), ("[1e999 1]", .malformed),
      ("[1e999,01]", .malformed), ("[1e999x]", .malformed), ("[1e999", .malformed), ("[1e999]]", .malformed),
      ("[1e999,1e5e5]", .malformed), ("[1e999,.5]", .malformed), ("[1e999,-]", .malformed),
      ("[1e999,1e999e]", .malformed),
      ("[99999999999999999999true]", .malformed), ("[true99999999999999999999]", .malformed),
      ("[99999999999999999999,]", .malformed), ("[99999999999999999999\"\"]", .malformed),
      ("99999999999999999999", .malformed),
      ("[1e999," + String(repeating: "[", count: 40) + String(repeating: "]", count: 41), .tooDeep),
      (String(repeating: "[", count: 40) + String(repeating: "]", count: 40), .tooDeep),
      (String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000), .tooDeep),
      (String(repeating: "[", count: 5000), .malformed), (String(repeating: #"{"a":"#, count: 33) + "1", .malformed),
      (#"{"a":1,}"#, .malformed), (#"{"a" 1}"#, .malformed), (#"{a:1}"#, .malformed), (#"{"a":}"#, .malformed),
      ("[1,]", .malformed), ("[1 2]", .malformed), ("[,1]", .malformed), ("[", .malformed), ("[1", .malformed),
      ("[tru]", .malformed), ("[True]", .malformed), ("[nul", .malformed), ("[NaN]", .malformed),
      ("[-]", .malformed), ("[+1]", .malformed), ("[1.]", .malformed), ("[.5]", .malformed), ("[1e]", .malformed),
      ("[1e+]", .malformed), ("[-01]", .malformed), ("[0x10]", .malformed),
      (#"["a]"#, .malformed), (#"["\"]"#, .malformed), (#"["\x"]"#, .malformed), (#"["\u12g4"]"#, .malformed),
      (#"["\ud800"]"#, .malformed), (#"["\ud800\u0041"]"#, .malformed), (#"["\udc00"]"#, .malformed),
      ("[\"\n\"]", .malformed), ("[\"\t\"]", .malformed), ("[1]\u{0}", .malformed), ("[\u{B}1]", .malformed),
      ("/**/[1]", .malformed), ("['a']", .malformed),
    ] as [(String, JSONError.Kind)])
  func refused(text: String, kind: JSONError.Kind) {
    #expect { try JSONValue.parse(Array(text.utf8)) } throws: { ($0 as? JSONError)?.kind == kind }
  }

  @Test(
    "whoever wrote the text is told where it is wrong",
    arguments: [(#"{"a":1,"b":tru}"#, 11), (#"{"a":[1,2,"b":3}"#, 13), (#"{"a" 1}"#, 5), ("", 0)])
  func place(text: String, offset: Int) {
    #expect { try JSONValue.parse(Array(text.utf8)) } throws: { ($0 as? JSONError)?.offset == offset }
  }

  @Test("a conference's id is found without a tree of the text, and only where it is")
  func stringAtPath() {
    func id(_ text: String) -> String? { JSONValue.string(at: ["data", "id"], in: Array(text.utf8)) }
    #expect(id(#"{"a":[{"id":"no"},[1,{}]],"data":{"x":{"id":"no"},"id":"y\u00e9s"},"id":"no"}"#) == "yés")
    for text in [
      "", "[]", "{}", #"{"data":"id"}"#, #"{"data":{}}"#, #"{"data":{"id":1}}"#, #"{"data":[{"id":"no"}]}"#,
      #"{"data":{"id":"no"}"#, #"{"data":{"id":"a","id":"b"}}"#, #"x {"data":{"id":"no"}}"#,
    ] {
      #expect(id(text) == nil, "\(text)")
    }
  }

  @Test("a thread that parsed a huge text parses the next one as before")
  func afterHuge() throws {
    let huge = Array(("[" + Array(repeating: "[1]", count: 200_000).joined(separator: ",") + "]").utf8)
    #expect(try JSONValue.parse(huge).array?.count == 200_000)
    #expect(try JSONValue.parse(Array(#"{"a":"b"}"#.utf8))["a"] == .string("b"))
  }

  @Test("of every length and with every byte, a text is escaped where it must be and nowhere else")
  func quoting() {
    for length in 1...25 {
      for byte in UInt8.min...0x7F {
        for place in 0..<length {
          var bytes = [UInt8](repeating: 0x61, count: length)
          bytes[place] = byte
          let escaped: [UInt8] =
            switch byte {
            case 0..<0x20: Array("\\u00\(byte < 16 ? "0" : "")\(String(byte, radix: 16))".utf8)
            case 0x22, 0x5C: [0x5C, byte]
            default: [byte]
            }
          let expected = [0x5B, 0x22] + bytes[..<place] + escaped + bytes[(place + 1)...] + [0x22, 0x5D]
          #expect(JSONValue.array([.string(String(decoding: bytes, as: UTF8.self))]).text == expected)
        }
      }
    }
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(throws: JSONError.self) { try JSONValue.parse([0x5B, 0x22, 0xFF, 0x22, 0x5D]) }
  }

  @Test("every escape means what RFC 8259 says")
  func escapes() throws {
    let text = #"["\"\\\/\b\f\n\r\t\u00e9\uD83D\ude00\u20AC", "plain é 😀", ""]"#
    let expected = ["\"\\/\u{8}\u{C}\n\r\té😀€", "plain é 😀", ""].map(JSONValue.string)
    #expect(try JSONValue.parse(Array(text.utf8)) == .array(expected))
  }

  @Test("numbers keep their kind and all their bits")
  func numbers() throws {
    let text = "[0,-0,9223372036854775807,-9223372036854775808]"
    let expected: [JSONValue] = [.integer(0), .integer(0), .integer(.max), .integer(.min)]
    #expect(try JSONValue.parse(Array(text.utf8)) == .array(expected))
  }

  @Test(
    "a number that is no integer of 64 bits is kept as it is written",
    arguments: [
      "0.5", "-1.25e-2", "1E+2", "1e2", "5e-324", "0e0", "-0.0", "1.50", "3.141592653589793238462643",
      "9223372036854775808",
      "-9223372036854775809", "18446744073709551615", "18446744073709551616", "1e999", "-1e999", "1e-999",
      "1e99999999999999999999", String(repeating: "9", count: 1000), "0." + String(repeating: "3", count: 1000),
    ])
  func otherNumbers(number: String) throws {
    for text in [number, " \(number)\n"] {
      let value = try JSONValue.parse(Array("[{\"a\":\(text),\"b\":\"\\u0000é\"},\(text),7]".utf8))
      #expect(value == .array([.object(["a": .number(number), "b": .string("\0é")]), .number(number), .integer(7)]))
      #expect(value.text == Array("[{\"a\":\(number),\"b\":\"\\u0000é\"},\(number),7]".utf8))
    }
  }

  @Test("members are found as they were written")
  func writtenMembers() throws {
    let text = #" { "a" : 1.0 ,"\u0062":[ 1e999 , {"x":"\/"} ] ,"c":"\u0041" , "d":{ }, "e":-0,"f":true, "g":null } "#
    let members = try JSONObject.writtenMembers(of: Array(text.utf8))
    #expect(
      members.map { "\($0.key)=\(String(decoding: $0.text, as: UTF8.self))" } == [
        "a=1.0", #"b=[ 1e999 , {"x":"\/"} ]"#, #"c="\u0041""#, "d={ }", "e=-0", "f=true", "g=null",
      ])
    #expect(try JSONObject.writtenMembers(of: Array("{}".utf8)).isEmpty)
    #expect(try JSONObject.writtenMembers(of: Array("[1]".utf8)).isEmpty)
    #expect(throws: JSONError.self) { try JSONObject.writtenMembers(of: Array(#"{"a":1,"a":1}"#.utf8)) }
  }

  @Test("white space may stand between any two tokens, and nothing else")
  func whiteSpace() throws {
    let text = " \r\n\t{ \n\"a\" : [ 1 , { } , [ ] ] , \"b\" : null } \r\n"
    #expect(
      try JSONValue.parse(Array(text.utf8))
        == .object(["a": .array([.integer(1), .object([:]), .array([])]), "b": .null]))
  }

  @Test("thousands of keys are compared in time, and a double one among them is found", arguments: [false, true])
  func manyKeys(isDouble: Bool) throws {
    var keys = (0..<20_000).map { "\"k\($0)\":1" }
    if isDouble { keys.append("\"k77\":2") }
    let text = Array(("{" + keys.joined(separator: ",") + "}").utf8)
    if isDouble {
      #expect { try JSONValue.parse(text) } throws: { ($0 as? JSONError)?.kind == .duplicateKey }
    } else {
      #expect(try JSONValue.parse(text).object?.members.count == 20_000)
    }
  }

  @Test("a double key is found at every place of a small object and of one that is no longer small", arguments: 2...20)
  func doubleKey(count: Int) throws {
    let keys = (0..<count).map { "k\($0)" }
    func text(_ keys: [String]) -> [UInt8] {
      Array(("{" + keys.map { "\"\($0)\":1" }.joined(separator: ",") + "}").utf8)
    }
    #expect(try JSONValue.parse(text(keys)).object?.members.map(\.key) == keys)
    for first in 0..<count {
      for second in 0..<count where second != first {
        var double = keys
        double[second] = keys[first]
        #expect { try JSONValue.parse(text(double)) } throws: { ($0 as? JSONError)?.kind == .duplicateKey }
      }
    }
  }

  @Test("members are handed over in their order, and none of a text that is not sound")
  func members() throws {
    var seen: [String] = []
    func read(_ text: String) throws -> Bool {
      seen = []
      return try JSONObject.forEachMember(of: Array(text.utf8)) { key, value in
        seen.append(String(decoding: key.withUnsafeBufferPointer(Array.init), as: UTF8.self) + " \(value)")
      }
    }
    #expect(try read(#" {"b":1,"\u0061":[{"c":null}],"":"x"} "#))
    #expect(seen == ["b integer(1)", "a \(JSONValue.array([.object(["c": .null])]))", #" string("x")"#])
    #expect(try !read(#"[{"a":1}]"#))
    #expect(seen.isEmpty)
    for text in ["", "{", #"{"a":1,"a":2}"#, #"{"a":1,"b":"\ud800"}"#, #"{"a":1} x"#] {
      #expect(throws: JSONError.self) { try read(text) }
      #expect(seen.isEmpty)
    }
  }

  @Test("a text that is cut anywhere, or has one byte changed, is refused or is another text: nothing traps")
  func damaged() {
    let text = Array(#"{"a":[1,-2.5e3,"\u00e9\n",{"b":null}],"c":true,"d":"é"}"#.utf8)
    for end in 0..<text.count {
      #expect(throws: JSONError.self) { try JSONValue.parse(Array(text[..<end])) }
    }
    for index in text.indices {
      for byte in UInt8.min ... .max {
        var changed = text
        changed[index] = byte
        guard let value = try? JSONValue.parse(changed) else { continue }
        #expect((try? JSONValue.parse(value.text)) == value)
        // What was read one way and the other is the same.
        let members = (try? JSONObject.writtenMembers(of: changed)) ?? []
        #expect(members.map(\.key) == value.object?.members.map(\.key) ?? [])
        for (written, member) in zip(members, value.object?.members ?? []) {
          #expect((try? JSONValue.parse([0x5B] + written.text + [0x5D])) == .array([member.value]))
        }
      }
    }
  }

  @Test("1e2 is no integer")
  func exponent() throws {
    #expect(try JSONValue.parse(Array("[1e2]".utf8)).array?.first == .number("1e2"))
  }

  @Test("a composed and a decomposed letter are two keys")
  func bytesNotCharacters() throws {
    let object = try #require(try JSONValue.parse(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)).object)
    #expect(object["\u{E9}"] == .integer(1))
    #expect(object["e\u{301}"] == .integer(2))
  }
}
