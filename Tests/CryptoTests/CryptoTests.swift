import Crypto
import Testing

@Suite("Crypto")
struct CryptoTests {
  @Test("SHA-256 and HMAC give the published answers")
  func vectors() {
    // FIPS 180-2, appendix B.1, and RFC 4231, test case 2.
    #expect(
      Digest.sha256(Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    let authentication = MessageAuthentication(key: Array("Jefe".utf8))
    for _ in 1...2 {
      #expect(
        authentication.hexCode(of: "what do ya want for nothing?")
          == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    }
    #expect(authentication.hexCode(of: "what do ya want for nothing?", digits: 8) == "5bdcc146")
  }

  @Test("HMAC gives RFC 4231's answers for keys of any length")
  func keys() {
    let cases: [(key: [UInt8], message: String, code: String)] = [
      (
        Array(repeating: 0x0B, count: 20), "Hi There",
        "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
      ),
      (
        Array(repeating: 0xAA, count: 131), "Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
      ),
    ]
    for (key, message, code) in cases {
      #expect(MessageAuthentication(key: key).hexCode(of: message) == code)
    }
  }

  @Test("hex reads back what it wrote, and refuses all else")
  func hex() {
    #expect([UInt8](hex: [0, 1, 0xAB, 0xFF].hex) == [0, 1, 0xAB, 0xFF])
    for text in ["a", "zz", "0x", "é0"] { #expect([UInt8](hex: text) == nil) }
    var text = Array("é".utf8)
    text.append(hexOf: Array(UInt8.min...UInt8.max))
    text.append(hexOf: [])
    #expect(text == Array(("é" + Array(UInt8.min...UInt8.max).hex).utf8))
  }

  @Test("a UUID is random and says so")
  func uuid() {
    let uuid = Randomness.uuid()
    #expect(uuid.utf8.count == 36 && Array(uuid)[14] == "4" && "89ab".contains(Array(uuid)[19]))
    #expect(uuid != Randomness.uuid())
  }

  @Test("a secret prints as redacted, however it is printed")
  func secret() {
    let secret = Secret(Array("obviously-fake".utf8))
    var dumped = ""
    dump(secret, to: &dumped)
    for text in ["\(secret)", String(reflecting: secret), String(describing: [secret]), dumped] {
      #expect(!text.contains("fake"))
      #expect(!text.contains("102"), "nor as a list of bytes")
    }
  }
}
