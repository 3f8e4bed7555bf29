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
}
