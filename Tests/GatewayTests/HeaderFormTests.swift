import Gateway
import Testing

@Suite("What a header field may be made of")
struct HeaderFormTests {
  @Test("no control character but the tab is overlooked, wherever in a value it stands", arguments: 1...20)
  func controls(size: Int) {
    for byte in UInt8.min ... .max {
      let isControl = byte < 0x20 && byte != 0x09 || byte == 0x7F
      for place in 0..<size {
        var value = [UInt8](repeating: UInt8(ascii: "~"), count: size)
        value[place] = byte
        #expect(form(of: value).hasNoControl(0..<size) != isControl, "\(byte) at \(place)")
      }
    }
  }

  @Test("only the part of the text that is asked for counts")
  func range() {
    let fields = form(of: Array("a\u{7F}bcdefghijklmn\u{0}o".utf8))
    #expect(fields.hasNoControl(2..<15))
    #expect(!fields.hasNoControl(1..<15))
    #expect(!fields.hasNoControl(2..<16))
  }

  @Test("a name is made of the characters that RFC 9110, section 5.6.2, lists")
  func names() {
    let listed = Set("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".utf8)
    for byte in UInt8.min ... .max {
      #expect(form(of: [0x61, byte]).hasToken(0..<2) == listed.contains(byte), "\(byte)")
    }
    #expect(!form(of: []).hasToken(0..<0))
  }

  private func form(of bytes: [UInt8]) -> HeaderFields { HeaderFields(bytes: bytes, entries: []) }
}
