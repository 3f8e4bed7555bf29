package import Crypto

/// Where spans are sent to, and with which fields.
package struct CollectorSettings: Sendable {
  package struct Header: Sendable {
    package let name: String
    package let value: Secret

    package init(name: String, value: Secret) {
      self.name = name
      self.value = value
    }
  }

  /// `http://127.0.0.1:4318/v1/traces`
  package let endpoint: String
  package let headers: [Header]
  /// PEM file of certificate authorities to trust instead of the system's.
  package let caFile: String?
  /// Of the gateway, as its spans' resource has it, too.
  package let version: String

  package init(endpoint: String, headers: [Header] = [], caFile: String? = nil, version: String) {
    self.endpoint = endpoint
    self.headers = headers
    self.caFile = caFile
    self.version = version
  }
}

/// Who it is that spans are of (OpenTelemetry's resource).
package struct TraceResource: Sendable {
  package let version: String
  package let organization: String
  /// Of this process, unlike any other's.
  package let instance: String

  package init(version: String, organization: String) {
    self.version = version
    self.organization = organization
    instance = Randomness.uuid()
  }
}
