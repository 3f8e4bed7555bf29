import JSON
import Testing

@Suite("The JSON writer")
struct WriterTests {
  @Test("sets commas, colons and quotes itself")
  func whole() {
    var writer = JSONWriter(capacity: 0)
    writer.beginObject()
    writer.member("text", "a\"b")
    writer.member("number", -7)
    writer.key("plain")
    writer.value(plain: Array("2026-11-23".utf8))
    writer.key(named: "a \\ key\n")
    writer.beginArray()
    writer.value("")
    writer.value(true)
    writer.null()
    writer.value(.number("0.50"))
    writer.value(json: Array(#"[ 1 ]"#.utf8))
    writer.beginObject()
    writer.endObject()
    writer.endArray()
    writer.key("last")
    writer.value(plain: [])
    writer.endObject()
    let expected =
      #"{"text":"a\"b","number":-7,"plain":"2026-11-23","a \\ key\u000a":["",true,null,0.50,[ 1 ],{}],"last":""}"#
    #expect(writer.bytes == Array(expected.utf8))
  }

  @Test(
    "writes a number in decimal digits, behind what is there",
    arguments: [0, 1, -1, 9, 10, 99, 100, 12_345_678_901, .max, .max - 9, .min, .min + 1] as [Int64])
  func decimal(number: Int64) {
    var bytes: [UInt8] = [0x61]
    bytes.append(decimal: number)
    bytes.append(decimal: number)
    #expect(bytes == Array("a\(number)\(number)".utf8))
  }

  @Test("appends pieces of every length as they are")
  func pieces() {
    var bytes: [UInt8] = []
    var expected: [UInt8] = []
    for length in 0...70 {
      let piece = (0..<length).map { UInt8(truncatingIfNeeded: $0 + length) }
      bytes.append(copying: piece)
      bytes.append(constant: "é,")
      bytes.append(text: String(repeating: "ü", count: length))
      expected += piece + Array("é,".utf8) + Array(String(repeating: "ü", count: length).utf8)
    }
    #expect(bytes == expected)
  }

  private func seen(_ text: String) -> String {
    var writer = JSONWriter(escapesUnseen: true)
    writer.beginArray()
    writer.value(text)
    writer.endArray()
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test(
    "escapes what isn't seen where it is told to, and nothing that is",
    arguments: [
      ("plain", #"["plain"]"#), ("a \"longer\" text\n", #"["a \"longer\" text\u000a"]"#), ("é€😀 Ж", #"["é€😀 Ж"]"#),
      ("\u{7f}", #"["\u007f"]"#), ("seven c\u{7f}", #"["seven c\u007f"]"#), ("\u{9b}2J", #"["\u009b2J"]"#),
      ("\u{202e}é", #"["\u202eé"]"#), ("\u{e0061}x", #"["\udb40\udc61x"]"#), ("~\u{200b}\\", #"["~\u200b\\"]"#),
      ("e\u{301}\u{34f}", "[\"e\u{301}\\u034f\"]"),
    ])
  func unseen(text: String, expected: String) {
    #expect(seen(text).utf8.elementsEqual(expected.utf8))
  }

  @Test("sees what is to be escaped wherever it stands in a text of any length")
  func everyPlace() {
    for (character, written) in [
      ("\u{7f}", #"\u007f"#), ("\"", #"\""#), ("\u{1f}", #"\u001f"#), ("\u{9b}", #"\u009b"#),
    ] {
      for (before, after) in (0...20).flatMap({ before in (0...20).map { (before, $0) } }) {
        let (before, after) = (String(repeating: "a", count: before), String(repeating: "~", count: after))
        #expect(seen(before + character + after) == "[\"\(before)\(written)\(after)\"]")
      }
    }
  }

  @Test("makes every text one that is seen, and the same to who parses it")
  func everyScalar() throws {
    let all = (1...0x10FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
    for start in stride(from: 0, to: all.count, by: 1000) {
      var text = ""
      text.unicodeScalars.append(contentsOf: all[start..<min(start + 1000, all.count)])
      let json = seen(text)
      let areSeen = json.unicodeScalars.allSatisfy { $0.isSeen }
      #expect(areSeen)
      let parsed = try #require(try JSONValue.parse(Array(json.utf8)).array?.first?.string)
      #expect(parsed.utf8.elementsEqual(text.utf8))
      // Text that was written without it comes to the same.
      #expect(Array(json.utf8) == JSONValue.array([.string(text)]).text.withSeenText)
    }
  }
}
