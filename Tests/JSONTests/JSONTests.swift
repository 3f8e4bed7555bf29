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
      (#"{"a":99999999999999999999}"#, .malformed), (#"{"a":"\u0000"}"#, .malformed), (#"{"a":01}"#, .malformed),
      (String(repeating: "[", count: 40) + String(repeating: "]", count: 40), .tooDeep),
      (String(repeating: "[", count: 5000), .tooDeep),
    ] as [(String, JSONError.Kind)])
  func refused(text: String, kind: JSONError.Kind) {
    #expect { try JSONValue.parse(Array(text.utf8)) } throws: { ($0 as? JSONError)?.kind == kind }
  }

  @Test("bytes that are not UTF-8 are refused")
  func notUTF8() {
    #expect(throws: JSONError.self) { try JSONValue.parse([0x5B, 0x22, 0xFF, 0x22, 0x5D]) }
  }

  @Test("1e2 is no integer")
  func exponent() throws {
    #expect(try JSONValue.parse(Array("[1e2]".utf8)).array?.first == .real(100))
  }

  @Test("a composed and a decomposed letter are two keys")
  func bytesNotCharacters() throws {
    let object = try #require(try JSONValue.parse(Array("{\"\u{E9}\":1,\"e\u{301}\":2}".utf8)).object)
    #expect(object["\u{E9}"] == .integer(1))
    #expect(object["e\u{301}"] == .integer(2))
  }
}
