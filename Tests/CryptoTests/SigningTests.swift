import Crypto
import Testing

@Suite("Signing")
struct SigningTests {
  @Test(
    "signs as RFC 8032, section 7.1, has it",
    arguments: [
      (
        "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
      ),
      (
        "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb",
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
      ),
    ])
  func vectors(seed: String, publicKey: String, message: String, signature: String) throws {
    let seed = try #require([UInt8](hex: seed))
    let key = try #require(SigningKey(seed: Secret(seed)))
    let message = try #require([UInt8](hex: message))
    #expect(key.publicKey.bytes.hex == publicKey)
    #expect(key.sign(message).hex == signature)
    #expect(key.publicKey.isValid(key.sign(message), of: message))
  }

  @Test("no other message, signature or key is valid")
  func invalid() {
    let key = SigningKey.generate()
    let message = Array("message".utf8)
    let signature = key.sign(message)
    for index in signature.indices {
      var changed = signature
      changed[index] ^= 1
      #expect(!key.publicKey.isValid(changed, of: message))
    }
    #expect(!key.publicKey.isValid(signature, of: Array("massage".utf8)))
    #expect(!key.publicKey.isValid([], of: message) && !key.publicKey.isValid(signature + [0], of: message))
    #expect(!SigningKey.generate().publicKey.isValid(signature, of: message))
  }

  @Test("a key is 32 bytes, has a name, and does not print itself")
  func key() {
    #expect(SigningKey(seed: Secret([1, 2, 3])) == nil && VerifyingKey([1, 2, 3]) == nil)
    let key = SigningKey.generate()
    #expect(key.publicKey.name == String(Digest.sha256(key.publicKey.bytes).hex.prefix(16)))
    var dumped = ""
    dump(key, to: &dumped)
    #expect(!dumped.contains(key.seed.reveal().hex) && "\(key)".contains("<redacted>"))
  }

  @Test("Base64 reads back what it wrote, and refuses all else")
  func base64() {
    for (text, base64) in [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")] {
      #expect(Array(text.utf8).base64 == base64)
      #expect([UInt8](base64: base64) == Array(text.utf8))
    }
    for text in ["Zg", "Zg=", "Zh==", " Zg==", "Zg==\n", "Zg==Zg==", "=", "====", "Z===", "Zm9*", "Zm9_"] {
      #expect([UInt8](base64: text) == nil, "\(text)")
    }
  }
}
