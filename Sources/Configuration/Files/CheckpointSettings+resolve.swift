package import Crypto
package import Gateway

extension CheckpointSettings {
  /// Reads the private key from where it lives.
  ///
  /// - Parameter environment: the process's, as it was before it was scrubbed.
  /// - Throws: `TokenError` where there is none. Its text holds nothing of it.
  package func signingKey(environment: [String: String]) throws(TokenError) -> SigningKey {
    let text = try key.resolve(environment: environment, as: "key")
    guard let seed = [UInt8](base64: String(decoding: text.reveal(), as: UTF8.self)),
      let key = SigningKey(seed: Secret(seed))
    else {
      throw TokenError(
        message: "\(self.key.place(as: "key")) holds no signing key, which is 32 bytes in Base64"
          + " (`convene key new --signing`)")
    }
    return key
  }
}
