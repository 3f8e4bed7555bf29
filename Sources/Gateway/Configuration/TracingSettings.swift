/// `tracing`: where spans of requests are sent to (OTLP over HTTP, in JSON).
package struct TracingSettings: Sendable, Equatable {
  /// A header field of what is sent there. Its value never stands in a configuration.
  package struct Header: Sendable, Equatable {
    /// In lower case.
    package let name: String
    package let value: TokenSource

    package init(name: String, value: TokenSource) {
      self.name = name
      self.value = value
    }
  }

  /// With its path: `http://127.0.0.1:4318/v1/traces`.
  package var endpoint: String
  /// Of the traces that begin here as large a part is sampled, 0 to 1. In the others their callers have decided.
  package var ratio = 0.01
  package var headers: [Header] = []
  /// PEM file of certificate authorities to trust instead of the system's.
  package var caFile: String?

  package init(endpoint: String) { self.endpoint = endpoint }
}
