package import Crypto
package import Gateway

extension TracingSettings.Header {
  /// Reads the value from where it lives.
  ///
  /// - Parameter environment: the process's, as it was before it was scrubbed.
  /// - Throws: `TokenError` where there is none, or one that can't stand in a header. Its text holds nothing of it.
  package func resolve(environment: [String: String]) throws(TokenError) -> Secret {
    try value.resolve(environment: environment, as: "header's value", mayHaveSpaces: true)
  }
}
