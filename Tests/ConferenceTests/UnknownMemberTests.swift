import Conference
import JSON
import Testing

/// Members that no row of the field table names: policy doesn't know them, and they go on as they are.
@Suite("Unknown members")
struct UnknownMemberTests {
  static let values = [
    "18446744073709551615", "18446744073709551616", "-9223372036854775809", "9007199254740993", "-0", "0", "-0.0",
    "1.50",
    "1e2", "1E+2", "1e999", "-1e999", "1e-999", "3.141592653589793238462643",
    "1" + String(repeating: "0", count: 5_000),
    #""""#, #""\/\u0041\u00e9é\ud83d\ude00\b""#, #""\u0000""#, "[]", "{}", "[ ]", "{\n\t}", "true", "false", "null",
    #"{"b":1,"a":2}"#, #"{"z":{"y":[1e999,{"x" : 0.10}]}}"#, "[ 1 ,\r\n\t[2.0] ]",
    #"{"max_participants":800,"Name":1}"#,
  ]

  @Test("their values go on byte for byte, without the white space around them", arguments: values)
  func byteForByte(value: String) throws {
    for text in [value, " \(value)\r\n\t"] {
      let command = try decode(#"{"z":\#(text),"call_control_id":"a","y":\#(text),"name":"n","x":\#(text)}"#)
      let sent = #"{"call_control_id":"a","name":"n","z":\#(value),"y":\#(value),"x":\#(value)}"#
      #expect(command.body() == Array(sent.utf8))
      #expect(try ConferenceCommand.decode(command.body()) == command)
    }
  }

  @Test(
    "what is no JSON is refused, wherever it stands",
    arguments: [
      "01", "1.", ".5", "+1", "-", "1e", "1e+", "0x1", "NaN", "Infinity", "1 2", "1e999 1", "1e999x",
      "99999999999999999999e",
      "tru", "nulll", "'a'", #""\x""#, #""\ud800""#, #""\udc00\ud800""#, "\"\t\"", "\"\n\"", "\"", "[1,]", "[1 2]",
      "{1:2}", "{,}",
      #"{"a":1e999,"a":1}"#, #"{"a":1,"\u0061":1}"#, "[1e999", "1e999]", "/**/1",
      String(repeating: "[", count: 32) + String(repeating: "]", count: 32),
    ])
  func noJSON(value: String) {
    for text in [value, "[\(value)]", #"{"y":\#(value)}"#, #"[1e999,\#(value)]"#] {
      #expect(faults(#"{"call_control_id":"a","name":"n","z":\#(text)}"#) == ["10023 "], "\(text)")
      #expect(faults(#"{"z":\#(text),"call_control_id":"a","name":"n"}"#) == ["10023 "], "\(text)")
    }
  }

  @Test("bytes that are not UTF-8 are refused in them, too")
  func notUTF8() {
    for broken in [[0xFF], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80], [0xE2, 0x82]] as [[UInt8]] {
      let body = Array(#"{"call_control_id":"a","name":"n","z":[1e999,""#.utf8) + broken + Array(#""]}"#.utf8)
      #expect { try ConferenceCommand.decode(body) } throws: { ($0 as? Refusal)?.kind == .malformed }
    }
  }

  @Test(
    "a command of before is the same one now: so its fingerprint was made when numbers were read as doubles",
    arguments: [
      ("1e3", "1000.0"), ("1000.0", "1000.0"), ("1.0e+3", "1000.0"), ("1.50", "1.5"), ("0.1", "0.1"), ("-0", "0"),
      ("-0.0", "-0.0"), ("0e5", "0.0"), ("5e-324", "5e-324"), ("1E400000000000000000000", "1E400000000000000000000"),
      ("0.30000000000000004", "0.30000000000000004"), ("1e16", "1e+16"),
      ("12345678901234567e3", "1.2345678901234567e+19"),
      ("1e-7", "1e-07"), ("9007199254740993", "9007199254740993"), (#""\/\u0041""#, #""/A""#), (#""\n""#, #""\u000a""#),
      (#"[ 1 , {"b":1,"a":2} ]"#, #"[1,{"a":2,"b":1}]"#), ("null", "null"),
    ])
  func remembered(value: String, text: String) throws {
    let command = try decode(#"{"z":\#(value),"call_control_id":"a","name":"n"}"#)
    #expect(
      String(decoding: command.fingerprintText(), as: UTF8.self) == #"{"call_control_id":"a","name":"n","z":\#(text)}"#)
  }

  @Test(
    "numbers that no double can tell apart are two commands",
    arguments: [
      ("18446744073709551615", "18446744073709551616"), ("1e999", "1e998"), ("0.1", "0.10000000000000000001"),
      ("3.141592653589793238462643", "3.141592653589793"), ("1e-999", "0e0"), ("-1e999", "1e999"),
      ("9007199254740993.0", "9007199254740992.0"), ("100000000000000000000", "1e20"), ("0.0", "-0.0"),
    ])
  func lossless(one: String, other: String) throws {
    func fingerprint(_ value: String) throws -> [UInt8] {
      try decode(#"{"z":{"y":[\#(value)]},"call_control_id":"a","name":"n"}"#).fingerprintText()
    }
    #expect(try fingerprint(one) != fingerprint(other))
    #expect(try fingerprint(one) == fingerprint(" \(one)\n"))
  }

  @Test("thousands of them are all there, in their order")
  func many() throws {
    let members = (0..<5_000).map { #""k\#($0)":\#($0).0"# }.joined(separator: ",")
    let command = try decode(#"{"call_control_id":"a","name":"n",\#(members)}"#)
    #expect(command.body() == Array(#"{"call_control_id":"a","name":"n",\#(members)}"#.utf8))
  }
}
